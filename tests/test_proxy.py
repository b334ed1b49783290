"""Behind nginx, set up as docs/proxy.md says: everything is inside the prefix, nobody is local."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from searchapp import web
from searchapp.access.whence import is_local
from tests.conftest import item
from tests.editing import shelf
from tests.serving import Server, running
from tests.test_guard import KEY, with_key

DOCS = Path(__file__).parents[1] / "docs" / "proxy.md"
LONG = 120.0

CONFIGURATION = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {upstream}
    server {{ listen 127.0.0.1:{plain}; {locations} }}
    server {{ listen 127.0.0.1:{gzipping}; gzip on; gzip_types *; gzip_proxied any; {locations} }}
}}
"""


@dataclass(frozen=True)
class Front:
    """nginx before a server: the addresses of its two sites, without and with gzip."""

    plain: str
    gzipping: str
    server: Server


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def get(address: str, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=LONG)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body or None, given)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def free_ports(number: int) -> list[int]:
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in with_ports]
    for one in with_ports:
        one.close()
    return ports


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not nginx and not os.environ.get("CI"):
        pytest.skip("nginx is not installed")
    assert nginx
    where = tmp_path_factory.mktemp("proxied")
    with shelf(where) as archive:
        archive.engine.write(
            [item(f"long/{n}", "Oil", f"Oil {n} " * 800, "2001-02-03") for n in range(100)]
        )
    command = [sys.executable, "-m", "searchapp", "serve", "--port", "0", "--processes", "2"]
    environment = {
        **os.environ,
        "SEARCHAPP_TRUSTED_PROXIES": "1",
        "SEARCHAPP_ACCESS": "open",
        "SEARCHAPP_EDIT_KEY": KEY,
        "SEARCHAPP_LOG_FORMAT": "json",
        "SEARCHAPP_MAX_UPLOAD_BYTES": str(20 * 1024 * 1024),
    }
    with running(command, where, **environment) as server:
        plain, gzipping = free_ports(2)
        configuration = where / "nginx.conf"
        configuration.write_text(configured(where, server.address, plain, gzipping))
        process = subprocess.Popen(
            [nginx, "-p", where, "-c", configuration, "-e", where / "error.log"]
        )
        try:
            wait_for(plain, process, where / "error.log")
            yield Front(f"http://127.0.0.1:{plain}", f"http://127.0.0.1:{gzipping}", server)
        finally:
            process.terminate()
            process.wait(LONG)


def configured(folder: Path, address: str, plain: int, gzipping: int) -> str:
    """What the page says, with the ports and folders of this test."""
    (shown,) = re.findall(r"^```nginx\n(.*?)^```$", DOCS.read_text(), re.DOTALL | re.MULTILINE)
    upstream, locations = shown.split("# inside server { … }\n")
    upstream = upstream.replace("127.0.0.1:8000", urlsplit(address).netloc)
    user = "user root;" if os.geteuid() == 0 else ""  # the folders of tests are their user's own
    return CONFIGURATION.format(
        user=user,
        folder=folder,
        upstream=upstream,
        locations=locations,
        plain=plain,
        gzipping=gzipping,
    )


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("nginx does not listen")


def last_line(server: Server, id_: str) -> dict[str, object]:
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        for line in server.said.splitlines():
            if line.startswith("{") and json.loads(line).get("request_id") == id_:
                found: dict[str, object] = json.loads(line)
                return found
        time.sleep(0.02)
    raise AssertionError(f"no line of {id_}")


PAGES = (
    "/",
    "/?q=Khatami",
    "/?q=Khatami&country=IR&map=1&more=person",
    "/?q=nothingatall",
    "/?q=Oil&page=3&sort=newest",
    "/?page=x",
    "/article/gas.txt?q=gas",
    "/article/none",
    "/country/IR",
    "/person/Mohammad%20Khatami",
    "/facet/person",
    "/help",
    "/searches",
    "/failures",
    "/add",
    "/corrections",
    "/nothing",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_stays_inside_the_prefix(front: Front, path: str) -> None:
    page = get(front.plain, f"/news{path}", **with_key(KEY))
    links = re.findall(r'(?:href|src|action|data-\w+)="([^"]*)"', page.text)
    assert links
    for link in map(unescape, links):
        whole = urlsplit(urljoin(f"{front.plain}/news{path}", link))
        if whole.scheme != "http" or whole.netloc != urlsplit(front.plain).netloc:
            assert not whole.netloc.startswith("127."), link
            continue
        assert f"{whole.path}/".startswith("/news/"), link


def test_links_of_a_page_work(front: Front) -> None:
    page = get(front.plain, "/news/?q=Khatami").text
    links = {unescape(link).partition("#")[0] for link in re.findall(r'href="([^"#]+)"', page)}
    ours = sorted(link for link in links if link.startswith("/news/"))
    assert len(ours) > 20
    statuses = {link: get(front.plain, link).status for link in ours}
    assert {link: s for link, s in statuses.items() if s not in (200, 303)} == {
        "/news/sign-in": 401
    }


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/feed.atom?q=gas", r'href="([^"]+)"'),
        ("/opensearch.xml", r'template="([^"]+)"'),
        ("/article/gas.txt", r'rel="canonical" href="([^"]+)"'),
        ("/article/gas.txt/cite.bib", r"(http[^\s}]+)"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_whole_addresses_have_the_name_and_scheme_that_readers_use(
    front: Front, path: str, pattern: str, scheme: str
) -> None:
    if scheme == "https":  # as nginx with a certificate would say
        direct = get(
            front.server.address,
            path,
            Host="127.0.0.1",
            X_Forwarded_For="192.0.2.1",
            X_Forwarded_Proto="https",
            X_Forwarded_Host="example.org",
            X_Forwarded_Prefix="/news",
        )
        text, base = direct.text, "https://example.org/news/"
    else:
        text, base = get(front.plain, f"/news{path}").text, f"{front.plain}/news/"
    found = [unescape(link) for link in re.findall(pattern, text)]
    whole = [link for link in found if link.startswith(("http", "//"))]
    assert all(link.startswith(base) for link in whole), whole
    assert all(link.startswith("/news/") for link in found if link not in whole), found
    assert found or path.endswith(".bib")


def test_redirects_and_cookies_stay_inside(front: Front) -> None:
    answer = get(front.plain, "/news/language/de?to=/help")
    assert answer.status == 303
    assert answer.headers["Location"] == "/news/help"
    assert "Path=/news/" in answer.headers["Set-Cookie"]
    assert get(front.plain, "/news/facet/person?apply=1").headers["Location"].startswith("/news/")
    signed = get(front.plain, "/news/sign-in?next=/news/help", **with_key(KEY))
    assert (signed.status, signed.headers["Location"]) == (303, "/news/help")
    shown = get(front.plain, "/news/add", **with_key(KEY))
    assert "Path=/news/" in shown.headers["Set-Cookie"]
    assert get(front.plain, "/news/favicon.ico").headers["Location"].startswith("/news/static/")


def test_api_links_inside(front: Front) -> None:
    answer = json.loads(get(front.plain, "/news/api/v1/search?q=Khatami").body)
    links = [*answer["links"].values(), *answer["hits"][0]["links"].values()]
    assert all(link.startswith("/news/") for link in links if link)
    described = json.loads(get(front.plain, "/news/api/openapi.json").body)
    assert described["servers"] == [{"url": "/news"}]


def test_nobody_is_local_and_with_the_key_files_can_be_sent(front: Front) -> None:
    assert get(front.plain, "/news/add").status == 401
    page = get(front.plain, "/news/add", **with_key(KEY))
    assert 'name="folder"' not in page.text
    token = unescape(re.findall(r'name="csrf" value="([^"]+)"', page.text)[0])
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    large = b"<p>Oil and pipelines.</p><!--" + b"x" * 10_000_000 + b"-->"
    form = b"".join(
        [
            b'--xx\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
            + token.encode()
            + b"\r\n",
            b'--xx\r\nContent-Disposition: form-data; name="files"; filename="large.html"\r\n',
            b"Content-Type: text/html\r\n\r\n" + large + b"\r\n--xx--\r\n",
        ]
    )
    sent = get(
        front.plain,
        "/news/add/files",
        "POST",
        form,
        Content_Type="multipart/form-data; boundary=xx",
        Cookie=cookie,
        Origin=front.plain,
        **with_key(KEY),
    )
    assert (sent.status, sent.headers["Location"]) == (303, "/news/add/progress")
    deadline = time.monotonic() + LONG
    while True:  # two processes answer: whichever is asked knows of the run
        said = json.loads(get(front.plain, "/news/add/progress.json", **with_key(KEY)).body)
        assert said["text"] != "Nothing is being read."
        if said["over"]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    report = get(front.plain, "/news/add/progress", **with_key(KEY)).text
    assert "1 article added" in report


def test_upload_that_is_too_large_is_said_by_us(front: Front) -> None:
    answer = get(
        front.plain,
        "/news/add/files",
        "POST",
        b"x" * (22 * 1024 * 1024),
        Content_Type="multipart/form-data; boundary=xx",
        Origin=front.plain,
        **with_key(KEY),
    )
    assert (answer.status, "max_upload_bytes" in answer.text) == (413, True)


def test_client_in_the_log_is_the_one_that_nginx_saw(front: Front) -> None:
    forged = get(front.plain, "/news/help", X_Forwarded_For="203.0.113.9", X_Request_ID="forged")
    line = last_line(front.server, forged.headers["X-Request-ID"])
    assert forged.headers["X-Request-ID"] != "forged"
    assert (line["client"], line["path"]) == ("127.0.0.1", "/news/help")
    headers = {"X_Forwarded_For": "198.51.100.7, 203.0.113.9", "X_Request_ID": "direct"}
    get(front.server.address, "/help", **headers)
    assert last_line(front.server, "direct")["client"] == "203.0.113.9"


def test_tries_are_counted_by_the_client(tmp_path: Path) -> None:
    with shelf(tmp_path, access="open", edit_key=KEY, trusted_proxies=1) as archive:
        client = web.create_app(archive, archive.settings).test_client()

        def status(address: str) -> int:
            headers = {**with_key("wrong, but long enough"), "X-Forwarded-For": address}
            return client.get("/add", headers=headers).status_code

        assert [status("203.0.113.9") for _ in range(11)] == [401] * 10 + [429]
        assert status("203.0.113.10") == 401


def test_export_comes_as_it_is_found(front: Front) -> None:
    """A client that reads nothing more than the beginning gets it before the rest is made."""
    connection = http.client.HTTPConnection(urlsplit(front.plain).netloc, timeout=LONG)
    connection.request("GET", "/news/api/v1/search.jsonl?q=Oil")
    answer = connection.getresponse()
    first = json.loads(answer.readline())
    assert first["title"] == "Oil"
    rest = answer.read().splitlines()
    connection.close()
    assert len(rest) >= 99


def test_metrics_and_health_are_not_for_readers(front: Front) -> None:
    for path in ("/news/metrics", "/news/health/ready"):
        assert get(front.plain, path).status == 404
    assert get(front.server.address, "/health/ready").status == 200


def test_gzip_is_done_once(front: Front) -> None:
    for address in (front.plain, front.gzipping):
        for path in ("/news/?q=Khatami", "/news/api/v1/search?q=Khatami"):
            plain = get(address, path)
            packed = get(address, path, Accept_Encoding="gzip")
            assert packed.headers.get_all("Content-Encoding") == ["gzip"]
            assert len(gzip.decompress(packed.body)) > 1000
            assert "Content-Encoding" not in plain.headers
    packed = get(front.gzipping, "/news/api/v1/search.csv?q=Khatami", Accept_Encoding="gzip")
    assert b"Khatami" in gzip.decompress(packed.body)


def test_connection_is_kept(front: Front) -> None:
    connection = http.client.HTTPConnection(urlsplit(front.plain).netloc, timeout=LONG)
    for _ in range(5):
        connection.request("GET", "/news/help")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        assert connection.sock is not None
    connection.close()


def test_slow_clients_keep_nobody_waiting(front: Front) -> None:
    parts = urlsplit(front.plain)
    slow = [socket.create_connection((parts.hostname or "", parts.port or 0)) for _ in range(20)]
    try:
        for connection in slow:
            connection.sendall(b"GET /news/?q=gas HTTP/1.1\r\nHost: loc")
        assert get(front.plain, "/news/?q=gas").status == 200
        for connection in slow[:3]:
            connection.sendall(b"alhost\r\nConnection: close\r\n\r\n")
            assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 OK")
    finally:
        for connection in slow:
            connection.close()


# --- without nginx --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "root"),
    [
        ("/news", "/news/"),
        ("/news/", "/news/"),
        ("/a/b-c", "/a/b-c/"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ('/"><script>', "/"),
        ("/forged, /news", "/news/"),
        ("/", "/"),
    ],
)
def test_prefix_is_a_path_or_ignored(tmp_path: Path, prefix: str, root: str) -> None:
    with shelf(tmp_path, {}, access="open", trusted_proxies=1) as archive:
        client = web.create_app(archive, archive.settings).test_client()
        answer = client.get("/language/de", headers={"X-Forwarded-Prefix": prefix})
    assert answer.headers["Location"] == root


def test_proxy_is_not_believed_unless_it_is_trusted(tmp_path: Path) -> None:
    with shelf(tmp_path, {}, access="open") as archive:
        client = web.create_app(archive, archive.settings).test_client()
        headers = {"X-Forwarded-Prefix": "/news", "X-Forwarded-Proto": "https"}
        assert client.get("/language/de", headers=headers).headers["Location"] == "/"


def test_forwarded_request_is_never_local(tmp_path: Path) -> None:
    """However much is trusted: that a proxy says its client is of this machine changes nothing."""
    with shelf(tmp_path, {}, access="open", trusted_proxies=1) as archive:
        app = web.create_app(archive, archive.settings)
        client = app.test_client()
        assert client.get("/add").status_code == 200
        assert client.get("/add", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PROTO": ""}
    assert not is_local(environ, "127.0.0.1")
