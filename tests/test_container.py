"""The image and what runs it: read as files, and run under their conditions without an engine."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from searchapp.cli import main
from searchapp.settings import Settings
from tests.serving import running, status_and_text

ROOT = Path(__file__).parents[1]
SETTINGS = {f"SEARCHAPP_{field.name.upper()}" for field in dataclasses.fields(Settings)}
NOBODY = 65534
PATIENCE = 120

Line = tuple[str, str]


def instructions() -> list[Line]:
    """The Dockerfile as (instruction, its text), continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines if line.strip()]


def of(name: str) -> list[str]:
    return [text for instruction, text in instructions() if instruction == name]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def copied() -> Iterator[tuple[list[str], str]]:
    """What each COPY from the checkout takes, and where it puts it."""
    for text in of("COPY"):
        *sources, target = [part for part in text.split() if not part.startswith("--")]
        yield sources, target


# --- the files ----------------------------------------------------------------------------------


def test_build_copies_what_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for sources, _ in copied():
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
    assert "*" in ignored  # nothing else, such as an index or its keys


def test_image_has_no_rights_and_a_command_that_exists() -> None:
    (user,) = of("USER")
    assert int(user) > 0  # a number: an orchestrator can tell that it is not root
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert json.loads(of("ENTRYPOINT")[0]) == ["searchapp"]
    assert_is_command(json.loads(of("CMD")[0]))
    variables = re.findall(r"(SEARCHAPP_\w+)=", " ".join(of("ENV")))
    assert variables
    assert set(variables) <= SETTINGS
    assert of("FROM") == ["python:3.13-slim AS build", "python:3.13-slim"]
    assert not re.search(r"curl|wget|apt-get|ADD ", (ROOT / "Dockerfile").read_text())


def test_services_have_no_rights_and_commands_that_exist() -> None:
    assert set(services()) == {"serve", "watch"}
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
        assert "privileged" not in service
        assert "user" not in service  # that of the image
        assert {"mem_limit", "pids_limit", "stop_grace_period"} <= service.keys()
        assert_is_command(service["command"])
        assert set(service.get("environment", {})) <= SETTINGS


def test_services_share_the_index_and_are_reached_from_this_machine_only() -> None:
    serve, watch = services()["serve"], services()["watch"]
    assert serve["volumes"] == ["index:/data"]
    assert watch["volumes"] == ["index:/data", "${NEWS:-./seeds}:/news:ro"]
    assert all(port.startswith("127.0.0.1:") for port in serve["ports"])
    assert "ports" not in watch
    assert watch["command"][-1] == "/news"
    assert "index" in compose()["volumes"]


def test_compose_file_is_understood_by_docker() -> None:
    docker = shutil.which("docker")
    command = [docker or "docker", "compose"]
    if not docker or subprocess.run([*command, "version"], capture_output=True).returncode:
        pytest.skip("there is no docker compose here")
    ran = subprocess.run(
        [*command, "--file", ROOT / "compose.yaml", "config", "--quiet"],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def assert_is_command(words: Sequence[str]) -> None:
    """That searchapp has the command, with these options."""
    command = main.commands[words[0]]
    paths = {"/news": str(ROOT)}
    with command.make_context(words[0], [paths.get(word, word) for word in words[1:]]) as context:
        assert isinstance(context, click.Context)


def test_unit_in_the_manual_is_understood_by_systemd(tmp_path: Path) -> None:
    analyse = shutil.which("systemd-analyze")
    if not analyse:
        pytest.skip("there is no systemd-analyze here")
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    units = re.findall(r"^```ini\n# /etc/systemd/system/(\S+)\n(.*?)^```$", text, re.M | re.S)
    assert [name for name, _ in units] == ["searchapp.service", "searchapp-watch.service"]
    script = Path(sysconfig.get_path("scripts")) / "searchapp"
    for name, unit in units:
        (started,) = re.findall(r"^ExecStart=\S+ (.+)$", unit, re.M)
        assert_is_command(["/news" if "/" in word else word for word in shlex.split(started)])
        (tmp_path / name).write_text(unit.replace("/opt/searchapp/bin/searchapp", str(script)))
    ran = subprocess.run(
        [analyse, "verify", *(tmp_path / name for name, _ in units)],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    told = [
        line for line in ran.stderr.splitlines() if str(tmp_path) in line or "searchapp" in line
    ]
    assert told == []


# --- its conditions -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from nothing but what the Dockerfile copies, installed into a folder."""
    context = tmp_path_factory.mktemp("src")
    no_bytecode = shutil.ignore_patterns("__pycache__")
    for sources, target in copied():
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, context / target, ignore=no_bytecode)
            else:
                shutil.copy(ROOT / source, context / target)
    wheels, installed = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("app")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, context]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", installed, wheel], check=True)
    installed.chmod(0o755)
    return installed


INSIDE = r"""
set -eu
python=$1 packages=$2 app=$3 data=$4 news=$5; shift 5
mount -t tmpfs -o size=1m,mode=755 none /mnt
mkdir /mnt/python /mnt/packages /mnt/app /mnt/data /mnt/news
mount --bind "$python" /mnt/python
mount --bind "$packages" /mnt/packages
mount --bind "$app" /mnt/app
mount --bind "$data" /mnt/data
mount --bind "$news" /mnt/news
mount -t tmpfs -o size=256m,mode=1777,noexec,nosuid,nodev none /tmp
mount -o remount,ro /mnt
cut -d ' ' -f 5 /proc/self/mountinfo | while read -r where; do
  case $where in
    /mnt/python|/mnt/packages|/mnt/app|/mnt/news) ;;
    /mnt|/mnt/*|/tmp|/tmp/*) continue;;  # the rest is below what was mounted over it
    /dev|/dev/*|/proc|/proc/*|/sys|/sys/*) continue;;
  esac
  mount -o "remount,bind,ro" "$where"
done
if touch /var/tmp/searchapp 2>/dev/null; then echo "can be written" >&2; exit 9; fi
cd /
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all \
  env -i PATH=/usr/bin:/bin LD_LIBRARY_PATH=/mnt/python/lib PYTHONDONTWRITEBYTECODE=1 \
  PYTHONPATH=/mnt/app:/mnt/packages \
  PYTHONWARNINGS=error::ResourceWarning SEARCHAPP_INDEX=/mnt/data/index SEARCHAPP_SPACY=off \
  /mnt/python/bin/python3 -m searchapp "$@"
"""


class Container:
    """What runs in it has no rights, no home, and nothing to write in but /mnt/data and /tmp."""

    def __init__(self, app: Path, folder: Path) -> None:
        self.data, self.news = folder / "data", folder / "news"
        for path in (self.data, self.news):
            path.mkdir()
        os.chown(self.data, NOBODY, NOBODY)
        mounts = [sys.base_prefix, sysconfig.get_path("purelib"), app, self.data, self.news]
        self._start = ["unshare", "--mount", "sh", "-c", INSIDE, "sh", *map(str, mounts)]

    def command(self, *arguments: str) -> list[str]:
        return [*self._start, *arguments]


@pytest.fixture
def container(app: Path, tmp_path: Path) -> Container:
    if not hasattr(os, "geteuid") or os.geteuid():
        pytest.skip("mounting is for root")
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        pytest.skip("there is no unshare or no setpriv here")
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    return Container(app, tmp_path)


def comes(happened: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if happened():
            return True
        time.sleep(0.1)
    return False


def test_it_watches_and_serves_where_nothing_else_can_be_written(
    container: Container, tmp_path: Path
) -> None:
    (container.news / "gas.txt").write_text("Gas talks\n\nPresident Khatami went to Turkey.\n")
    log = tmp_path / "watch.log"
    with log.open("wb") as stream:
        watch = subprocess.Popen(
            container.command("watch", "/mnt/news"), stderr=stream, stdout=stream
        )
    try:
        with running(container.command("serve", "--port", "0"), tmp_path) as server:
            address = server.address

            def finds(word: str) -> bool:
                answer = status_and_text(f"{address}/api/v1/search?q={word}")[1]
                return bool(json.loads(answer)["total"]["value"] == 1)

            assert comes(lambda: finds("gas"))
            (container.news / "wheat.txt").write_text("Wheat\n\nThe harvest was late in 2001.\n")
            assert comes(lambda: finds("wheat"))
            assert status_and_text(f"{address}/?q=wheat")[0] == 200
            assert status_and_text(f"{address}/add")[0] == 200  # a form: it needs the secret
            (check,) = [json.loads(text.split("CMD ")[1]) for text in of("HEALTHCHECK")]
            port = address.rpartition(":")[2]
            healthy = [sys.executable, *(word.replace("8000", port) for word in check[1:])]
            assert check[0] == "python"
            assert subprocess.run(healthy).returncode == 0
        assert subprocess.run(healthy, capture_output=True).returncode != 0
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(PATIENCE) == 0
    finally:
        watch.kill()
        watch.wait()
    told = log.read_text() + server.said
    assert not re.search(r"Traceback|Read-only|Permission|cannot be kept|Warning", told), told
    owners = {path.stat().st_uid for path in container.data.rglob("*")}
    assert owners == {NOBODY}
    assert (container.data / "index.secret").stat().st_mode & 0o777 == 0o600
