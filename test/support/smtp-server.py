# A mail server for tests, made of Debian's python3-aiosmtpd: prints its port, then each mail it took, as lines of JSON.
import base64
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

settings = json.loads(sys.argv[1])


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "tls": session.ssl is not None or settings["tls"] == "tls",
                "user": (session.auth_data or {}).get("user"),
                "headers": {name.lower(): str(value) for name, value in mail.items()},
                "body": (mail.get_body(("plain",)) or mail).get_content(),
                "attachments": [
                    {
                        "name": part.get_filename(),
                        "type": part.get_content_type(),
                        "base64": base64.b64encode(part.get_payload(decode=True)).decode(),
                    }
                    for part in mail.iter_attachments()
                ]
                if mail.is_multipart()
                else [],
                "raw": envelope.content.decode("latin-1"),
            }
        )
        return "250 2.0.0 taken as 4711"

    # Registers the mechanism: what a provider's mail server does with a bearer token.
    async def auth_XOAUTH2(self, server, args):
        text = base64.b64decode(args[1]).decode() if len(args) == 2 else ""
        if text == f"user={settings.get('user')}\x01auth=Bearer {settings.get('token')}\x01\x01":
            server.session.auth_data = {"user": settings["user"]}
            return AuthResult(success=True, auth_data=server.session.auth_data)
        return AuthResult(success=False, handled=False)


def authenticate(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    if user == settings.get("user") and password == settings.get("password"):
        session.auth_data = {"user": user}
        return AuthResult(success=True, auth_data=session.auth_data)
    return AuthResult(success=False, handled=False)


options = {}
context = None
if settings["tls"] != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
if settings["tls"] == "starttls":
    options = {"tls_context": context, "require_starttls": True}
if settings["tls"] == "tls":
    options = {"ssl_context": context, "auth_require_tls": False}
if "user" in settings:
    options.update({"authenticator": authenticate, "auth_required": True})

if "token" in settings:
    # One mechanism only, so that nothing but OAuth 2 can have signed in.
    options["auth_exclude_mechanism"] = ["PLAIN", "LOGIN"]

controller = Controller(Handler(), hostname="127.0.0.1", port=settings["port"], **options)
controller.start()
say({"listening": settings["port"]})
sys.stdin.read()
controller.stop()
