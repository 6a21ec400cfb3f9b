"""An SSH server for files, on the loopback interface."""

import os
import socket
import threading
from pathlib import Path

import paramiko


class _Door(paramiko.ServerInterface):
    accepted = None

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key == self.accepted else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE


class _Handle(paramiko.SFTPHandle):
    def stat(self):
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def _answer(function):
    """Errors of the system as the status that the protocol has for them."""

    def method(self, path, *args):
        try:
            return function(self, path, *args)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    return method


class _Files(paramiko.SFTPServerInterface):
    """The file system of this machine."""

    @_answer
    def list_folder(self, path):
        return [
            paramiko.SFTPAttributes.from_stat(child.lstat(), child.name) for child in Path(path).iterdir()
        ]

    @_answer
    def stat(self, path):
        return paramiko.SFTPAttributes.from_stat(Path(path).stat())

    lstat = stat

    @_answer
    def open(self, path, flags, attr):
        file = os.fdopen(os.open(path, flags, 0o644), "wb" if flags & os.O_WRONLY else "rb")
        handle = _Handle(flags)
        handle.filename, handle.readfile, handle.writefile = path, file, file
        return handle

    @_answer
    def remove(self, path):
        Path(path).unlink()
        return paramiko.SFTP_OK

    @_answer
    def mkdir(self, path, attr):
        Path(path).mkdir()
        return paramiko.SFTP_OK

    @_answer
    def rmdir(self, path):
        Path(path).rmdir()
        return paramiko.SFTP_OK

    @_answer
    def posix_rename(self, old, new):
        Path(old).replace(new)
        return paramiko.SFTP_OK


class _Session(paramiko.SFTPServer):
    """One session of a client, known to the server so that its thread is waited for at the end."""

    def __init__(self, channel, name, server, *args, **kwargs):
        super().__init__(channel, name, server, *args, **kwargs)
        server.sessions.append(self)


class SshServer:
    """Serves until ``close``, to whoever has the accepted key."""

    def __init__(self, accepted):
        self.key = paramiko.RSAKey.generate(2048)
        self.door = _Door()
        self.door.accepted = accepted
        self.door.sessions = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.transports = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", _Session, _Files)
            self.transports.append(transport)
            # With an event the greeting goes on in a thread of its own: a client that resets the connection, as one
            # that refuses the host's key may, ends only that connection.
            transport.start_server(event=threading.Event(), server=self.door)

    def hang_up(self):
        for transport in self.transports:
            transport.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        self.hang_up()
        ended = [*self.transports, *self.door.sessions]
        for one in ended:
            one.join(120)
        assert not any(one.is_alive() for one in ended)
