"""A mail server for tests: says on standard output what it took, one JSON object a line."""

import json
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        taken = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "user": session.auth_data if isinstance(session.auth_data, str) else None,
            "data": envelope.content.decode("utf8"),
        }
        print(json.dumps(taken), flush=True)
        return "250 taken"


def authenticator(server, session, envelope, mechanism, auth_data):
    user = auth_data.login.decode()
    right = auth_data.password.decode() == options.get("password")
    return AuthResult(success=right, handled=False, auth_data=user)


context = None
if "cert" in options:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["cert"], options["key"])


class Server(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            tls_context=context,
            require_starttls=context is not None,
            authenticator=authenticator,
            auth_required="password" in options,
            auth_require_tls=context is not None,
        )


server = Server(Handler(), hostname="127.0.0.1", port=options["port"])
server.start()
print(json.dumps({"ready": True}), flush=True)
while True:
    time.sleep(3600)
