"""Rows F: reaching anything outside. Nothing here addresses another machine: listeners of the test are on loopback."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.adversarial.harness import FULL_MARKS, NO_MARKS, Batch, Case, Expect, solved, wrong
from tests.adversarial.secrets.tries import assert_all_refused, tries

ABSTRACT = "\0nbv-listener-of-the-test"


class Listeners:
    """Sockets of this test on the machine's own loopback, and who came."""

    def __init__(self) -> None:
        self.tcp, self.tcp6 = socket.socket(), socket.socket(socket.AF_INET6)
        self.udp, self.unix = socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
        self.tcp.bind(("127.0.0.1", 0))
        self.udp.bind(("127.0.0.1", self.port))
        self.unix.bind(ABSTRACT)
        self.tcp.listen()
        self.unix.listen()
        with contextlib.suppress(OSError):  # not every machine has IPv6
            self.tcp6.bind(("::1", self.port))
            self.tcp6.listen()

    @property
    def port(self) -> int:
        return int(self.tcp.getsockname()[1])

    def visitors(self) -> Iterator[str]:
        """Everyone who came since the last call."""
        for name, listener in (("tcp", self.tcp), ("tcp6", self.tcp6), ("unix", self.unix)):
            listener.setblocking(False)
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()
                    yield name
        self.udp.setblocking(False)
        with contextlib.suppress(OSError):
            while True:
                yield f"udp {self.udp.recv(100)!r}"


_lock, _open = threading.Lock(), list[Listeners]()


def listeners() -> Listeners:
    """The listeners of this session, opened when the first submission is built."""
    with _lock:
        if not _open:
            _open.append(Listeners())
        return _open[0]


# Everything else in this family happens only where this finds no interface but loopback.
ALONE = r"""
import os, socket
def lines(name, head):
    try: return open(name).read().splitlines()[head:]
    except OSError: return []
names = {line.split(":")[0].strip() for line in lines("/proc/net/dev", 2)} | set(os.listdir("/sys/class/net"))
names |= {name for _, name in socket.if_nameindex()}
routes = lines("/proc/net/route", 1)
routes += [line for line in lines("/proc/net/ipv6_route", 0) + lines("/proc/net/if_inet6", 0) if line.split()[-1] != "lo"]
neighbours = lines("/proc/net/arp", 1)
alone = names <= {"lo"} and not routes and not neighbours
if not alone: print("GOT" + "CHA:", names, routes, neighbours)
print("TRI" + "ED: interfaces", sorted(names))
assert alone
"""


def reach(place: Path) -> Path:
    """A submission that tries to reach the listeners of this test."""
    port = listeners().port
    ways = {
        "tcp": f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\ngot = True",
        "tcp by name": f"import socket\nsocket.create_connection(('localhost', {port}), 1)\ngot = True",
        "tcp 6": f"import socket\nsocket.create_connection(('::1', {port}), 1)\ngot = True",
        "any address of this host": f"import socket\nsocket.create_connection(('0.0.0.0', {port}), 1)\ngot = True",
        "udp": f"import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b'stolen', ('127.0.0.1', {port}))",
        "http": f"import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/stolen', timeout=1)\ngot = True",
        "an abstract socket": f"import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect({ABSTRACT!r})\ngot = True",
        "a shell": (
            "import subprocess\n"
            f"got = subprocess.run(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/{port} && cat <&3']).returncode == 0"
        ),
        "a program": f"import subprocess\ngot = subprocess.run(['curl', '-m1', 'http://127.0.0.1:{port}']).returncode == 0",
        "a name": "import socket\ngot = socket.gethostbyname('a-name.invalid')",
        "icmp": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)\ngot = True",
        "packets": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\ngot = True",
        "a virtual machine's host": "import socket\ns = socket.socket(40, socket.SOCK_STREAM)\ns.settimeout(1)\ns.connect((2, 1))\ngot = True",
        "bluetooth": "import socket\nsocket.socket(31, socket.SOCK_RAW, 1)\ngot = True",
        "a new interface": (
            "import socket, struct\ns = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\n"
            "s.bind((0, 0))\ns.settimeout(1)\n"
            "link = struct.pack('=BBHiII', 0, 0, 0, 0, 0, 0) + struct.pack('=HH8s', 12, 3, b'nbv0\\0\\0\\0\\0') + struct.pack('=HHHH6s2x', 16, 18, 10, 1, b'dummy\\0')\n"
            "s.send(struct.pack('=IHHII', 16 + len(link), 16, 0x605, 1, 0) + link)\n"
            "got = struct.unpack('=i', s.recv(4096)[16:20])[0] == 0"
        ),
        "bring an interface up": (
            "import fcntl, socket, struct\n"
            "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'eth0', 1))\ngot = True"
        ),
        "an address of one's own": (
            "import fcntl, socket, struct\n"
            "fcntl.ioctl(socket.socket(), 0x8916, struct.pack('16sH2s4s8s', b'lo:1', 2, b'', socket.inet_aton('127.9.9.9'), b''))\ngot = True"
        ),
        "a tunnel": "import os\nos.open('/dev/net/tun', os.O_RDWR)\ngot = True",
    }
    return wrong([ALONE, tries("ways out", ways)])(place)


def services(place: Path) -> Path:
    """A submission that looks for the services that stand beside a grader."""
    sockets = (
        "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock",
        "/run/crio/crio.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/snapd.socket",
        "/var/run/secrets/kubernetes.io", "/run/mysqld/mysqld.sock", "/var/run/postgresql/.s.PGSQL.5432",
        "/run/munge/munge.socket.2", "/tmp/.X11-unix/X0",
    )  # fmt: skip
    ports = {
        "docker": 2375, "docker with tls": 2376, "kubernetes": 6443, "kubelet": 10250, "etcd": 2379, "redis": 6379,
        "postgres": 5432, "jupyterhub": 8081, "jupyter": 8888, "slurm": 6817, "rabbitmq": 5672, "ssh": 22, "http": 80,
        "the test's listener": listeners().port,
    }  # fmt: skip
    ways = {
        name: f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\ngot = True"
        for name, port in ports.items()
    }
    ways |= {name: f"import os\ngot = os.path.exists({name!r})" for name in sockets}
    ways["named in the environment"] = (
        "import os\ngot = [n for n in os.environ if n.endswith(('_HOST', '_PORT', '_SOCK', '_URL', '_ADDR')) or 'PROXY' in n.upper()]"
    )
    ways["resolvers"] = (
        "got = [l for l in open('/etc/resolv.conf') if l.startswith('nameserver') and '127.0.0.1' not in l]"
    )
    ways["names of others"] = (
        "got = [l for l in open('/etc/hosts') if l.split() and l.split()[0] not in ('127.0.0.1', '::1', '#')"
        " and not l.startswith(('ff', 'fe'))]"
    )
    return wrong([ALONE, tries("services", ways)])(place)


INSTALL = (
    "!pip install nbv-no-such-package",
    "%pip install nbv-no-such-package",
    "!python -m pip download nbv-no-such-package",
    "!apt-get install -y nbv-no-such-package; apt update",
    "!git clone https://a-name.invalid/nbv.git",
    "!wget -T 1 -t 1 http://a-name.invalid/nbv; curl -m 1 http://a-name.invalid/nbv",
    "import urllib.request\ntry: urllib.request.urlopen('http://a-name.invalid/nbv', timeout=1)\nexcept OSError as error: print(error)",
    "print('TRI' + 'ED: installs')",
)

CASES = (
    Case(
        id="F01-ways-out",
        title="Reach a listener on the grader's own machine over every kind of socket there is.",
        promise="offline",
        build=reach,
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="F02-services",
        title="Look for the container engine, schedulers, data bases and proxies beside the grader.",
        promise="offline",
        build=services,
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="F03-installs",
        title="Install, clone and download at run time: correct work goes on without it.",
        promise="offline",
        build=solved([ALONE, *INSTALL]),
        expect=Expect(outcome="completed", checks=FULL_MARKS),
    ),
)


def check(batch: Batch) -> None:
    """The listeners lived the whole time, and nobody came but this test."""
    assert_all_refused(batch, "F01-ways-out", "interfaces [&#x27;lo&#x27;]", "ways out")
    assert_all_refused(batch, "F02-services", "interfaces [&#x27;lo&#x27;]", "services")
    assert_all_refused(batch, "F03-installs", "installs")
    assert list(listeners().visitors()) == []
    with socket.create_connection(("127.0.0.1", listeners().port), 5):
        assert list(listeners().visitors()) == ["tcp"]
