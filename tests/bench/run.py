#!/usr/bin/env python3
"""Benchmark: the gateway beside nginx in one run, on a fake upstream far faster than both.

    tests/bench/run.py [--repeat N] [--seconds S] [--only NAME,...] [--write docs/bench.md]

One worker each, pinned to core 0; the upstream and the load on core 1. Repetitions are interleaved
and ratios are taken within a repetition, so that a noisy machine moves both sides alike. CPU is what
the kernel charged to the proxy's process (user + system, all threads). No pass, no fail.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"nothing listens on port {port}")


def pinned(core, command, **options):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **options)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_ns(pid):
    """The scheduler's own account, in nanoseconds, over all threads of the process."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


class Nginx:
    name = "nginx"

    def __init__(self, folder, upstream_port):
        self.port = free_port()
        conf = folder / "nginx.conf"
        conf.write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err crit;
events {{ worker_connections 16384; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 100000000; client_body_buffer_size 256k; tcp_nodelay on;
  upstream up {{ server 127.0.0.1:{upstream_port}; keepalive 4096; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{self.port} backlog=4096;
    location / {{ proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
                 proxy_buffering off; proxy_request_buffering off; }} }}
}}
""")
        self.started = time.monotonic()
        self.process = pinned(0, [shutil.which("nginx") or "/usr/sbin/nginx", "-c", conf, "-p", folder])
        wait_for(self.port)
        self.start_ms = (time.monotonic() - self.started) * 1000
        time.sleep(0.2)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pid = int(children.read_text().split()[0])

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)


class Gateway:
    name = "aiproxy"

    def __init__(self, folder, upstream_port):
        self.port = free_port()
        conf = folder / "aiproxy.yaml"
        conf.write_text(f"""
listen: [{{address: "127.0.0.1:{self.port}", auth: open}}]
admin: {{address: "127.0.0.1:{free_port()}"}}
state_dir: {folder}/state
plugin_dir: {BUILD}/plugins
workers: 1
access_log: {folder}/access.log
providers:
  openai: {{base_url: "http://127.0.0.1:{upstream_port}", api_keys: [{{id: bench, val: sk-bench}}]}}
  claude: {{base_url: "http://127.0.0.1:{upstream_port}", api_keys: [{{id: bench, val: sk-bench}}]}}
""")
        self.started = time.monotonic()
        self.log = open(folder / "aiproxy.err", "w")
        self.process = pinned(0, [BUILD / "aiproxy", "--no-supervisor", "-c", conf], stdout=self.log, stderr=self.log)
        wait_for(self.port)
        self.start_ms = (time.monotonic() - self.started) * 1000
        time.sleep(0.2)
        self.pid = self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def body(folder, name, model, stream, size=800, tools=0):
    message = {"model": model, "messages": [{"role": "system", "content": "You are helpful."},
                                            {"role": "user", "content": "x" * size}]}
    if stream:
        message["stream"] = True
    if tools:
        message["tools"] = [{"type": "function", "function": {
            "name": f"tool_{i}", "description": "Does something useful. " * 90,
            "parameters": {"type": "object", "required": ["path"], "additionalProperties": False,
                           "properties": {f"field_{j}": {"type": "string", "description": "A field."}
                                          for j in range(12)}}}} for i in range(tools)]
    path = folder / f"{name}.json"
    path.write_text(json.dumps(message))
    return path


def load(port, connections, seconds, file, rate=0):
    command = [BUILD / "tests" / "bench_load", port, connections, seconds, file, "/v1/chat/completions"]
    if rate:
        command.append(rate)
    out = subprocess.run(["taskset", "-c", "1", *map(str, command)], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


def measure(proxy, scene, seconds):
    load(proxy.port, min(scene["connections"], 64), 0.5, scene["file"])  # warm
    before_rss = rss_kib(proxy.pid)
    before = cpu_ns(proxy.pid)
    peak = 0
    if scene.get("memory"):
        child = pinned(1, [BUILD / "tests" / "bench_load", proxy.port, scene["connections"], seconds, scene["file"]],
                       stdout=subprocess.PIPE, text=True)
        time.sleep(seconds * 0.7)
        peak = rss_kib(proxy.pid)
        figures = json.loads(child.communicate()[0])
    else:
        figures = load(proxy.port, scene["connections"], seconds, scene["file"], scene.get("rate", 0))
    used = (cpu_ns(proxy.pid) - before) / 1000
    units = figures["events"] if scene["unit"] == "chunk" else figures["requests"]
    figures["cpu_us"] = used / max(units, 1)
    if peak:
        figures["kib_per_stream"] = (peak - before_rss) / scene["connections"]
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", default="")
    parser.add_argument("--write")
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aiproxy-bench-"))
    os.chmod(folder, 0o755)
    upstream_port = free_port()
    upstream = pinned(1, [BUILD / "tests" / "bench_upstream", upstream_port])
    wait_for(upstream_port)
    # (name, what nginx gets, what the gateway gets); a claude- name is translated by the gateway.
    scenes = [
        dict(name="pass-through, 1 KB chat", unit="request", connections=64, metric="cpu_us",
             nginx=body(folder, "pass", "gpt-bench", False), ours=None),
        dict(name="translated to Anthropic, 1 KB chat", unit="request", connections=64, metric="cpu_us",
             nginx=body(folder, "pass2", "gpt-bench", False), ours=body(folder, "tr", "claude-bench", False)),
        dict(name="76 KB coding-agent request, 24 tools, passed", unit="request", connections=16, metric="cpu_us",
             nginx=body(folder, "big", "gpt-bench", False, 8000, 24), ours=None),
        dict(name="76 KB coding-agent request, 24 tools, translated", unit="request", connections=16, metric="cpu_us",
             nginx=body(folder, "big2", "gpt-bench", False, 8000, 24),
             ours=body(folder, "bigtr", "claude-bench", False, 8000, 24)),
        dict(name="chunks in bursts of 100, passed", unit="chunk", connections=64, metric="cpu_us",
             nginx=body(folder, "burst", "gpt-bench-burst", True), ours=None),
        dict(name="chunks in bursts of 100, translated", unit="chunk", connections=64, metric="cpu_us",
             nginx=body(folder, "burst2", "gpt-bench-burst", True), ours=body(folder, "bursttr", "claude-bench-burst", True)),
        dict(name="2,000 paced streams, translated", unit="chunk", connections=2000, metric="cpu_us", memory=True,
             nginx=body(folder, "paced", "gpt-bench-paced-1000-100", True),
             ours=body(folder, "pacedtr", "claude-bench-paced-1000-100", True)),
        dict(name="added latency at 1,000 requests/s, translated", unit="request", connections=64, rate=1000,
             metric="latency_p50_us", nginx=body(folder, "lat", "gpt-bench", False),
             ours=body(folder, "lattr", "claude-bench", False)),
        dict(name="time to first chunk at 500 streams/s, translated", unit="request", connections=64, rate=500,
             metric="first_p50_us", nginx=body(folder, "ttfc", "gpt-bench-burst", True),
             ours=body(folder, "ttfctr", "claude-bench-burst", True)),
    ]
    wanted = [w for w in args.only.split(",") if w]
    proxies = [Nginx(folder, upstream_port), Gateway(folder, upstream_port)]
    rows = []
    try:
        for proxy in proxies:
            print(f"{proxy.name}: start {proxy.start_ms:.0f} ms, idle {rss_kib(proxy.pid)} KiB", flush=True)
        for scene in scenes:
            if wanted and not any(w in scene["name"] for w in wanted):
                continue
            taken = {p.name: [] for p in proxies}
            ratios, memory = [], {p.name: [] for p in proxies}
            for _ in range(args.repeat):
                pair = {}
                for proxy in proxies:
                    scene["file"] = scene["ours"] if proxy.name == "aiproxy" and scene["ours"] else scene["nginx"]
                    figures = measure(proxy, scene, args.seconds)
                    if figures["errors"]:
                        print(f"  {proxy.name}: {figures['errors']} errors", file=sys.stderr)
                    pair[proxy.name] = figures[scene["metric"]]
                    taken[proxy.name].append(figures[scene["metric"]])
                    if "kib_per_stream" in figures:
                        memory[proxy.name].append(figures["kib_per_stream"])
                ratios.append(pair["aiproxy"] / pair["nginx"])
            row = (scene["name"], scene["metric"] + "/" + scene["unit"],
                   statistics.median(taken["nginx"]), statistics.median(taken["aiproxy"]),
                   statistics.median(ratios), min(ratios), max(ratios))
            rows.append(row)
            print("{}: {} nginx {:.2f}, aiproxy {:.2f}, ratio {:.2f} ({:.2f}-{:.2f})".format(*row), flush=True)
            for name, values in memory.items():
                if values:
                    print(f"  memory per stream, {name}: {statistics.median(values):.1f} KiB", flush=True)
    finally:
        for proxy in proxies:
            proxy.stop()
        upstream.terminate()
        upstream.wait()
        shutil.rmtree(folder, ignore_errors=True)
    if args.write:
        with open(args.write, "w") as out:
            out.write("| scene | figure | nginx | aiproxy | ratio | range |\n| --- | --- | --- | --- | --- | --- |\n")
            for r in rows:
                out.write("| {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f}-{:.2f} |\n".format(*r))


if __name__ == "__main__":
    main()
