"""A partner's gateway on loopback with real TLS, that does what a test wants it to."""

import contextlib
import socket
import ssl
import threading


class Leaf:
    """A certificate with its key, as files and as DER."""

    def __init__(self, authority, folder, name):
        issued = authority.issue_cert(name)
        self.certificate_file = folder / f"{name}.pem"
        self.key_file = folder / f"{name}.key"
        self.certificate_file.write_bytes(issued.cert_chain_pems[0].bytes())
        self.key_file.write_bytes(issued.private_key_pem.bytes())
        self.der = ssl.PEM_cert_to_DER_cert(self.certificate_file.read_text())


class Gateway:
    """A partner's gateway that answers every request by `play(connection, request)`."""

    def __init__(self, leaf, trusted, play, version=ssl.TLSVersion.TLSv1_3, port=0):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = version
        self.context.load_cert_chain(leaf.certificate_file, leaf.key_file)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.context.load_verify_locations(cadata=trusted.der)
        self.play = play
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closing.is_set():
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        with contextlib.suppress(OSError, ValueError), raw:
            raw.settimeout(5)
            with self.context.wrap_socket(raw, server_side=True) as connection:
                self.connections += 1
                while request := self._read(connection):
                    self.requests.append(request)
                    self.play(connection, request)

    @staticmethod
    def _read(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self):
        self.closing.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # else `accept` keeps the port
        self.listener.close()
