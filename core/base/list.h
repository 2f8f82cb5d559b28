// list.h - an intrusive doubly linked list: no allocation to wake, queue or forget an object.
//
// A node is in at most one list and takes itself out when it is destroyed. One thread.
#pragma once

#include "core/base/check.h"

namespace aip {

template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = nullptr;
  }

 protected:
  ~ListNode() { unlink(); }

 private:
  template <class, class>
  friend class List;
  ListNode* next_ = nullptr;
  ListNode* prev_ = nullptr;
};

// A list of T, where T derives from ListNode<Tag>.
template <class T, class Tag>
class List {
 public:
  List() noexcept {
    head_.next_ = &head_;
    head_.prev_ = &head_;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = nullptr;
    head_.prev_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  void push_back(T& item) noexcept {
    ListNode<Tag>& node = item;
    AIP_DCHECK(!node.linked());
    node.prev_ = head_.prev_;
    node.next_ = &head_;
    head_.prev_->next_ = &node;
    head_.prev_ = &node;
  }
  // The first item; the list must not be empty.
  T& front() noexcept {
    AIP_DCHECK(!empty());
    return static_cast<T&>(*head_.next_);
  }
  T& pop_front() noexcept {
    T& item = front();
    static_cast<ListNode<Tag>&>(item).unlink();
    return item;
  }
  // Calls fn(T&) for each item; fn may unlink the item that it is given.
  template <class F>
  void for_each(F&& fn) {
    ListNode<Tag>* node = head_.next_;
    while (node != &head_) {
      ListNode<Tag>* next = node->next_;
      fn(static_cast<T&>(*node));
      node = next;
    }
  }

 private:
  struct Head final : ListNode<Tag> {};
  Head head_;
};

}  // namespace aip
