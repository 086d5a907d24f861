"""A headless Chromium, driven through its pipe: what a page does and how it is laid out.

Chromium speaks its DevTools protocol on two file descriptors (--remote-debugging-pipe), JSON that
ends with a zero byte each time, so neither a port nor a library is needed.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATH = next((found for name in NAMES if (found := shutil.which(name))), None)


@dataclass
class Browser:
    """A running browser with one page; requests and messages are those since the last `open`."""

    folder: Path
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def __enter__(self) -> Browser:
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()

        def become_three_and_four() -> None:
            # Whatever numbers the pipes have, the browser looks at 3 and 4.
            reading, writing = os.dup(read_there), os.dup(write_there)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        assert PATH is not None
        self.process = subprocess.Popen(
            [
                *(PATH, "--headless=new", "--remote-debugging-pipe", "--no-sandbox"),
                *(
                    "--disable-gpu",
                    "--hide-scrollbars",
                    "--no-first-run",
                    "--disable-dev-shm-usage",
                ),
                *("--disable-background-networking", f"--user-data-dir={self.folder}"),
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            pass_fds=(),
            preexec_fn=become_three_and_four,
        )
        os.close(read_there)
        os.close(write_there)
        self.reading, self.writing = read_here, write_here
        self.buffer, self.count, self.session = b"", 0, None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(of["targetId"] for of in targets if of["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        os.close(self.reading)
        os.close(self.writing)

    def call(self, method: str, **parameters) -> dict:
        self.count += 1
        command = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.writing, json.dumps(command).encode() + b"\0")
        while True:
            message = self._next(60)
            if message.get("id") == self.count:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def _next(self, seconds: float) -> dict:
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            ready, _, _ = select.select([self.reading], [], [], max(left, 0))
            assert ready, "the browser does not answer"
            self.buffer += os.read(self.reading, 1 << 20)
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, message: dict) -> None:
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.consoleAPICalled":
            self.messages.append(" ".join(str(of.get("value")) for of in told["args"]))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(json.dumps(told["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.messages.append(told["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.messages.append(f"dialog: {told['message']}")

    def open(self, page: Path, width: int, scheme: str, height: int = 900) -> None:
        """Shows a page at a width in pixels, light or dark, and waits until its charts are live."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self.requests.clear()
        self.messages.clear()
        self.call("Page.navigate", url=page.as_uri())
        end = time.monotonic() + 60
        while not self.value(
            "document.readyState == 'complete' && document.querySelector('footer') != null"
            " && document.querySelectorAll('figure').length"
            " == document.querySelectorAll('.live svg').length"
            " && document.querySelector('.still') == null"
        ):
            assert time.monotonic() < end, f"the charts never came alive: {self.messages}"
            time.sleep(0.05)

    def value(self, expression: str):
        """What a JavaScript expression gives in the page."""
        result = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")
