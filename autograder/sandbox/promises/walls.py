"""Promises about what student code cannot reach: network, host, privileges, and the grader's own files."""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from pathlib import Path, PurePosixPath

from autograder.sandbox.promises.bench import Bench, Talk, promised
from autograder.sandbox.protocol import Mount

NOTHING_HELD = "0000000000000000"


def there_is_no_network(bench: Bench) -> None:
    """Only a loopback of its own exists: a listener on this machine is out of reach, and so are names.

    Nothing is sent where another interface exists: the promise is broken by it.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with bench.talk(harmful=True) as talk:
            interfaces = talk.cell("import os; print(sorted(os.listdir('/sys/class/net')))")
            promised(interfaces.text == "['lo']\n", f"there are other interfaces: {interfaces}")
            said = talk.cell(
                "import socket\n"
                f"try: socket.create_connection(('127.0.0.1', {port}), timeout=2); print('reached')\n"
                "except OSError: pass\n"
                "try: print('resolved', socket.gethostbyname('a-name.invalid'))\n"
                "except OSError: pass"
            )
        promised((said.status, said.text) == ("ok", ""), f"unexpected: {said}")


def the_hosts_files_are_not_there(bench: Bench) -> None:
    """A file of this machine cannot be opened, by no path that leads out, and its name is not told."""
    with tempfile.NamedTemporaryFile("w", prefix="canary-") as canary:
        secret = secrets.token_hex(16)
        canary.write(secret)
        canary.flush()
        Path(canary.name).chmod(0o644)
        with bench.talk() as talk:
            said = talk.cell(
                "import os\n"
                f"name = {canary.name!r}\n"
                "for root in ('', '/proc/1/root', '/proc/self/root', '/host', '../../../..'):\n"
                "    try: print(open(root + name).read())\n"
                "    except OSError: pass\n"
                "print(os.path.exists('/var/run/docker.sock'), os.path.exists('/run/docker.sock'))\n"
                f"print({os.uname().nodename!r} in (os.uname().nodename, open('/etc/hosts').read()))"
            )
        promised(said.text == "False False\nFalse\n", f"unexpected: {said}")


def nothing_of_our_environment_is_seen(bench: Bench) -> None:
    """The kernel has the variables it was given, and none of this process."""
    secret = secrets.token_hex(16)
    os.environ["NBVERDICT_CANARY"] = secret
    try:
        with (
            bench.session(environment={"GIVEN": "yes"}) as session,
            Talk(session, session.start_kernel()) as talk,
        ):
            said = talk.cell("import os; print(os.environ['GIVEN'], dict(os.environ))")
        promised(said.text.startswith("yes "), f"a variable that was given is missing: {said}")
        promised(secret not in said.text, "a variable of this process arrived")
    finally:
        del os.environ["NBVERDICT_CANARY"]


def code_has_no_privileges(bench: Bench) -> None:
    """An ordinary user without capabilities, who can gain none, under a system-call filter."""
    with bench.talk(harmful=True) as talk:
        said = talk.cell(
            "import os\n"
            "status = dict(l.rstrip().split(':\\t', 1) for l in open('/proc/self/status') if ':\\t' in l)\n"
            "held = {status[c] for c in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')}\n"
            "print(os.getuid() > 0, os.getgid() > 0, held, status['NoNewPrivs'], status['Seccomp'])\n"
            "tried = []\n"
            "for name, call in (('setuid', lambda: os.setuid(0)), ('chroot', lambda: os.chroot('/tmp')),\n"
            "                   ('mknod', lambda: os.mknod('/tmp/d', 0o60666, os.makedev(8, 0)))):\n"
            "    try: call(); tried.append(name)\n"
            "    except OSError: pass\n"
            "print(tried)"
        )
        promised(said.text == f"True True {{'{NOTHING_HELD}'}} 1 2\n[]\n", f"unexpected: {said}")


def only_the_work_folders_can_be_written(bench: Bench) -> None:
    """The image, its libraries and its configuration stay as they are."""
    with bench.talk(harmful=True) as talk:
        said = talk.cell(
            "import os, sys\n"
            "library = os.path.dirname(os.__file__)\n"
            "for top in ['/', '/etc', '/usr', '/opt', '/var', '/conn', '/sys/fs/cgroup', library]:\n"
            "    try: open(top + '/x', 'w'); print('wrote', top)\n"
            "    except OSError: pass\n"
            "for top in ('.', '/tmp', '/dev/shm', os.path.expanduser('~')): open(top + '/x', 'w').close()\n"
            "print(bool(os.statvfs('/').f_flag & os.ST_RDONLY))"
        )
        promised((said.status, said.text) == ("ok", "True\n"), f"unexpected: {said}")


def other_processes_are_not_seen(bench: Bench) -> None:
    """Only the sandbox's own processes exist, and its keeper can neither be ended, stopped nor read."""
    with bench.talk(harmful=True) as talk:
        said = talk.cell(
            "import ctypes, os, signal\n"
            "print(len([p for p in os.listdir('/proc') if p.isdecimal()]) < 6, os.getppid())\n"
            "for s in (signal.SIGKILL, signal.SIGSTOP):\n"
            "    try: os.kill(1, s); print('sent', s)\n"
            "    except OSError: pass\n"
            "try: print(open('/proc/1/environ').read())\n"
            "except OSError: pass\n"
            "print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))"
        )
        promised(said.text == "True 0\n-1\n", f"unexpected: {said}")


def a_mount_is_read_only(bench: Bench) -> None:
    """What is mounted can be read and not changed; links into it can be followed and replaced."""
    with tempfile.TemporaryDirectory(prefix="mnt-") as name:
        host = Path(name)
        host.chmod(0o755)
        (host / "data.txt").write_text("bytes")
        (host / "data.txt").chmod(0o666)
        link = (PurePosixPath("/tmp/cache/deep/data.txt"), PurePosixPath("/assets/data.txt"))  # noqa: S108
        with (
            bench.session(
                mounts=(Mount(host=host, inside=PurePosixPath("/assets")),),
                links=(link,),
                environment={"ASSETS": "/assets", "CACHE": "/tmp/cache"},  # noqa: S108
            ) as session,
            Talk(session, session.start_kernel()) as talk,
        ):
            said = talk.cell(
                "import os\n"
                "link = os.environ['CACHE'] + '/deep/data.txt'\n"
                "print(open(link).read()); open(link + '.lock', 'w').close()\n"
                "try: open(os.environ['ASSETS'] + '/data.txt', 'w').write('changed')\n"
                "except OSError: print('refused')"
            )
        promised(said.text == "bytes\nrefused\n", f"unexpected: {said}")
        promised((host / "data.txt").read_text() == "bytes", "the host's file was changed")


def links_lead_to_what_is_mounted(bench: Bench) -> None:
    """A folder of links can be read through, and written beside."""
    with tempfile.TemporaryDirectory(prefix="mnt-") as name:
        host = Path(name)
        host.chmod(0o755)
        (host / "data.txt").write_text("bytes")
        link = (PurePosixPath("/tmp/cache/deep/data.txt"), PurePosixPath("/assets/data.txt"))  # noqa: S108
        with (
            bench.session(
                mounts=(Mount(host=host, inside=PurePosixPath("/assets")),),
                links=(link,),
                environment={"CACHE": "/tmp/cache"},  # noqa: S108
            ) as session,
            Talk(session, session.start_kernel()) as talk,
        ):
            said = talk.cell(
                "import os\n"
                "link = os.environ['CACHE'] + '/deep/data.txt'\n"
                "print(open(link).read()); open(link + '.lock', 'w').close()"
            )
        promised(said.text == "bytes\n", f"unexpected: {said}")


def the_connection_folder_is_locked(bench: Bench) -> None:
    """Student code can put nothing on the host through the one folder that lies there."""
    with bench.talk() as talk:
        said = talk.cell(
            "import os, re\n"
            "file = re.search(r'\\x00(/[^\\x00]*kernel.json)', open('/proc/self/cmdline').read()).group(1)\n"
            "folder = os.path.dirname(file)\n"
            "tried = {'create': lambda: open(folder + '/x', 'w'), 'edit': lambda: open(file, 'a'),\n"
            "  'delete': lambda: os.unlink(file), 'rename': lambda: os.rename(file, folder + '/y'),\n"
            "  'link': lambda: os.link(file, folder + '/y'), 'mkdir': lambda: os.mkdir(folder + '/z'),\n"
            "  'chmod': lambda: os.chmod(folder, 0o777),\n"
            "  'beside': lambda: os.mkdir(os.path.dirname(folder) + '/2'),\n"
            "  'socket': lambda: os.unlink(folder + '/k-1')}\n"
            "for name, call in tried.items():\n"
            "    try: call(); print(name)\n"
            "    except OSError: pass\n"
            "print('tried')"
        )
        promised(said.text == "tried\n", f"unexpected: {said}")


def a_later_kernel_cannot_be_prepared_by_an_earlier_one(bench: Bench) -> None:
    """What the first notebook leaves behind does not run in the second one's kernel before its cells."""
    plant = (
        "import os, glob\n"
        "code = \"import os; open(os.environ['TMPDIR'] + '/planted', 'a').write('x')\"\n"
        "places = [os.path.expanduser('~/.ipython/profile_default/startup')]\n"
        "places += glob.glob(os.environ['TMPDIR'] + '/ipython-*/profile_default/startup')\n"
        "import site; places += [site.getusersitepackages()]\n"
        "for place in places:\n"
        "    os.makedirs(place, exist_ok=True)\n"
        "    for name in ('00.py', 'usercustomize.py', 'sitecustomize.py'):\n"
        "        open(place + '/' + name, 'w').write(code)\n"
        "for name in ('zmq.py', 'ipykernel_launcher.py', 'IPython.py'): open(name, 'w').write(code)\n"
    )
    with bench.session() as session:
        with Talk(session, session.start_kernel()) as talk:
            promised(talk.cell(plant).status == "ok", "the first kernel does not run")
        with Talk(session, session.start_kernel()) as talk:
            said = talk.cell("import os; print(os.path.exists(os.environ['TMPDIR'] + '/planted'))")
            promised(said.text == "False\n", f"code was planted: {said}")
