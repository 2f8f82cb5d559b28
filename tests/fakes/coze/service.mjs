// service.mjs - what Coze remembers: conversations, chats and files, each of one account.
import { bad, refuse } from './errors.mjs';

const kEnded = new Set(['completed', 'failed', 'canceled', 'requires_action']);

export class Service {
  constructor() {
    Object.assign(this, { next: 7300000000000000000n, conversations: new Map(), chats: new Map(), files: new Map(), watchers: [] });
  }

  now() {
    return 1_790_000_000;
  }

  id() {
    return String(++this.next);
  }

  // Chats that Coze still works on; one that waits for a tool's output is not worked on.
  open() {
    return [...this.chats.values()].filter((chat) => !kEnded.has(chat.status));
  }

  onChange(watcher) {
    this.watchers.push(watcher);
    watcher();
  }

  setStatus(chat, status) {
    chat.status = status;
    for (const watcher of this.watchers) watcher();
  }

  addFile(token, name, bytes) {
    const file = { id: this.id(), token, name, bytes };
    this.files.set(file.id, file);
    return file;
  }

  addConversation(token) {
    const conversation = { id: this.id(), token, turns: 0, history: [] };
    this.conversations.set(conversation.id, conversation);
    return conversation;
  }

  conversation(token, id) {
    if (!id) return this.addConversation(token);
    const found = this.conversations.get(id);
    if (!found) throw refuse(4200);
    if (found.token !== token) throw refuse(4101);
    return found;
  }

  addChat(token, conversation, bot, script) {
    if (this.open().some((chat) => chat.conversation === conversation)) throw refuse(4016);
    const chat = { id: this.id(), token, conversation, bot, script, status: 'created', polls: 0 };
    this.chats.set(chat.id, chat);
    return chat;
  }

  chat(token, conversationId, chatId) {
    if (!conversationId || !chatId) throw bad('conversation_id and chat_id are required');
    const chat = this.chats.get(chatId);
    if (!chat || chat.conversation.id !== conversationId) throw refuse(4200);
    if (chat.token !== token) throw refuse(4101);
    return chat;
  }
}
