"""The main job on a new vault in a temporary folder: `make demo` runs it, and so does `python scripts/demo.py`.

Every command shown is run as it stands, by a child process; nothing outside the temporary folder is touched.
"""

from __future__ import annotations

import base64
import http.server
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

TOKEN = f"demo-{secrets.token_hex(16)}"
WRONG_TOKEN = "demo-this-is-not-the-token"
CSV = (
    "day,bucket,requests,gigabytes\n"
    "2026-11-20,events,18250,41.7\n"
    "2026-11-21,events,19104,43.2\n"
    "2026-11-22,orders,2210,3.9\n"
    "2026-11-23,orders,2384,4.1\n"
)
COLOURED = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
POND = Path(sys.executable).with_name("pond.exe" if sys.platform == "win32" else "pond")


class TokenServer(http.server.BaseHTTPRequestHandler):
    """One CSV file for everybody who sends the token, 401 for all others."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        right = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        content = CSV.encode() if right else b"who are you?\n"
        self.send_response(200 if right else 401)
        self.send_header("Content-Type", "text/csv" if right else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def paint(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURED else text


def heading(text: str) -> None:
    print(f"\n{paint(text, '1;34')}")


def run(words: list[str], environment: dict[str, str], *, typed: bytes | None = None, shown: str = "") -> int:
    """Show a command as a person would type it, run it, and show what it says."""
    print(f"{paint('$', '2')} {paint(shown or 'pond ' + shlex.join(words), '1')}", flush=True)
    done = subprocess.run([POND, *words], env=environment, input=typed, capture_output=True, check=False, timeout=60)
    for line in (done.stdout + done.stderr).decode().splitlines():
        print(f"  {line}")
    return done.returncode


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise SystemExit(f"\n{paint('✗', '31')} {message}")


def prove(folder: Path) -> None:
    """Look for the token in every file, as it is and in base64 at each of its three alignments."""
    plain = TOKEN.encode()
    needles = [plain, plain[::-1], plain.hex().encode(), plain.decode().encode("utf-16-le")]
    needles += [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = [path for path in files if any(needle in path.read_bytes() for needle in needles)]
    for path in files:
        mark = paint("✗ token found", "31") if path in found else paint("✓ no token", "32")
        print(f"  {path.relative_to(folder)!s:<24} {path.stat().st_size:>8,} bytes   {mark}")
    expect(bool(files) and not found, "the token lies in a file")


def environment_of(folder: Path) -> dict[str, str]:
    """What `pond` is to find: a vault, its store and its key in the temporary folder."""
    kept = ("PATH", "HOME", "USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "POND_HOME": str(folder / "vault"),
        "POND_STORE": "file",
        "POND_KEY_FILE": str(folder / "pond.key"),
        "PYTHONUTF8": "1",
    }


def demonstrate(folder: Path, url: str) -> None:
    base, environment = url.rpartition("/")[0] + "/", environment_of(folder)

    heading("1. A new vault: an encrypted file with a key file, in a temporary folder")
    settings = (f"{name}={environment[name]}" for name in ("POND_HOME", "POND_STORE", "POND_KEY_FILE"))
    print("".join(f"{paint('$', '2')} {paint('export ' + setting, '1')}\n" for setting in settings), end="")
    expect(run(["vault", "init"], environment) == 0, "the vault could not be made")

    heading("2. Save a token for a web server; it comes from standard input, never from the command line")
    add = ["add", "http", "usage", "bearer_token=@-", "--scope", base, "--tag", "demo"]
    shown = f"echo $WRONG_TOKEN | pond {shlex.join(add)}"
    expect(run(add, environment, typed=WRONG_TOKEN.encode() + b"\n", shown=shown) == 0, "the secret could not be saved")

    heading("3. Test it: this one is wrong")
    expect(run(["test", "usage", "--target", url], environment) == 1, "a wrong token passed the test")

    heading("4. Put in the right one, and test again")
    edit = ["edit", "usage", "bearer_token=@-"]
    shown = f"echo $TOKEN | pond {shlex.join(edit)}"
    expect(run(edit, environment, typed=TOKEN.encode() + b"\n", shown=shown) == 0, "the secret could not be changed")
    expect(run(["test", "usage", "--target", url], environment) == 0, "the right token failed the test")

    heading("5. Query the data with it")
    query = (
        f"SELECT bucket, sum(requests) AS requests, sum(gigabytes) AS gigabytes FROM '{url}' GROUP BY ALL ORDER BY ALL"
    )
    expect(
        run(["sql", "usage", "-c", query], environment, shown=f'pond sql usage -c "{query}"') == 0, "the query failed"
    )
    expect(run(["ls"], environment) == 0, "the list failed")

    heading("6. Proof: the token is in none of the files (as it is, in hexadecimal, UTF-16 or base64)")
    prove(folder)
    print(f"\n{paint('✓ All of it worked.', '32')} The temporary folder is gone now. Next: pond add --help\n")


def main() -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with tempfile.TemporaryDirectory(prefix="pond-demo-") as folder:
            demonstrate(Path(folder), f"http://127.0.0.1:{server.server_port}/usage.csv")
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
