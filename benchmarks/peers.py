"""Environments for benchmarks: httpeek from this checkout and its peers, each in one of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(where: Path, *packages: str) -> Path:
    """A virtual environment with a current pip, whose console scripts import no re; its bin directory."""
    subprocess.run([sys.executable, "-m", "venv", where], check=True)
    pip = [where / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "pip"], check=True)
    subprocess.run([*pip, *packages], check=True)
    return where / "bin"
