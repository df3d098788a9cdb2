"""Reads files of the bootroot tools as their two generations do: nothing here is the console's own.

read.py KIND FILE prints the document as JSON, or ends with 1 and says which rule of the contract is broken. TOML is read by tomllib.
What a generation refuses is refused (formats-newer.md, "Which generation is this"); keys that it does not know are passed over unless
the contract says that it refuses them.
"""

import hashlib
import json
import re
import ssl
import sys
import tomllib

HEX = re.compile(r"[0-9a-f]{64}", re.I)


class Broken(Exception):
    pass


def need(table, path, kind):
    here = table
    for part in path.split("."):
        if not isinstance(here, dict) or part not in here:
            raise Broken(f"{path}: missing")
        here = here[part]
    if kind is int and isinstance(here, bool) or not isinstance(here, kind):
        raise Broken(f"{path}: {type(here).__name__}")
    return here


def maybe(table, path, kind):
    *outer, last = path.split(".")
    here = table
    for part in outer:
        here = here.get(part) if isinstance(here, dict) else None
    if isinstance(here, dict) and here.get(last) is not None:
        return need(here, last, kind)
    return None


def agent(text, newer):
    doc = tomllib.loads(text)
    for key in ("email", "server", "domain"):
        maybe(doc, key, str)
    need(doc, "acme.http_responder_hmac", str)
    maybe(doc, "acme.http_responder_url", str)
    for key in ("timeout_secs", "token_ttl_secs"):
        maybe(doc, f"acme.http_responder_{key}", int)
    for key in ("directory_fetch_attempts", "poll_attempts", "poll_interval_secs"):
        maybe(doc, f"acme.{key}", int)
    bundle = maybe(doc, "trust.ca_bundle_path", str)
    pins = maybe(doc, "trust.trusted_ca_sha256", list)
    if (bundle is None) != (pins is None):
        raise Broken("trust: both or neither")
    if any(not HEX.fullmatch(pin) for pin in pins or []):
        raise Broken("trust.trusted_ca_sha256: 64 hex")
    hardened = maybe(doc, "trust.verify_certificates", bool)
    known = {"ca_bundle_path", "trusted_ca_sha256"}
    if newer and set(doc.get("trust", {})) - known:
        raise Broken(f"trust: unknown {set(doc['trust']) - known}")
    del hardened
    profiles = need(doc, "profiles", list)
    if not profiles:
        raise Broken("profiles: empty")
    ids = set()
    for profile in profiles:
        for key in ("service_name", "instance_id", "hostname", "paths.cert", "paths.key"):
            need(profile, key, str)
        if newer:
            ids.add(need(profile, "registration_id", str))
            gid = maybe(profile, "cert_group_gid", int)
            if gid == 0:
                raise Broken("cert_group_gid: 0")
        for key in ("check_interval", "renew_before", "check_jitter"):
            maybe(profile, f"daemon.{key}", str)
        hooks = maybe(profile, "hooks.post_renew", dict) or {}
        for hook in [*hooks.get("success", []), *hooks.get("failure", [])]:
            need(hook, "command", str)
            maybe(hook, "args", list)
            maybe(hook, "timeout_secs", int)
            if hook.get("on_failure", "continue") not in ("continue", "stop"):
                raise Broken("on_failure")
    if newer and "openbao" in doc:
        for key in ("url", "role_id_path", "secret_id_path"):
            need(doc, f"openbao.{key}", str)
        if doc["openbao"]["url"].startswith("https:"):
            need(doc, "openbao.ca_bundle_path", str)
        if not need(doc, "openbao.state_path", str).startswith("/"):
            raise Broken("openbao.state_path: relative")
        if len(ids) != 1:
            raise Broken("one id per file")
    return doc


def responder(text, newer):
    doc = tomllib.loads(text)
    for key in ("listen_addr", "admin_addr", "hmac_secret"):
        need(doc, key, str)
    for key in ("token_ttl_secs", "max_token_ttl_secs", "cleanup_interval_secs", "max_skew_secs"):
        maybe(doc, key, int)
    if newer and ("tls_cert_path" in doc) != ("tls_key_path" in doc):
        raise Broken("tls: both or neither")
    return doc


def entry(id, one, newer):
    for key in ("service_name", "hostname", "domain", "agent_config_path", "cert_path", "key_path"):
        need(one, key, str)
    for key in ("role_name", "role_id", "secret_id_path", "policy_name"):
        need(one, f"approle.{key}", str)
    if newer:
        if need(one, "registration_id", str) != id:
            raise Broken("services: keyed by registration_id")
        for hook in maybe(one, "post_renew_hooks", list) or []:
            need(hook, "command", str)
        maybe(one, "cert_group_gid", int)
        for key in ("secret_id_ttl", "secret_id_wrap_ttl"):
            maybe(one, f"approle.{key}", str)
        maybe(one, "approle.token_bound_cidrs", list)
        return
    if need(one, "deploy_type", str) == "docker":
        need(one, "container_name", str)
    for item in ("secret_id", "eab", "responder_hmac", "trust_sync"):
        if need(one, f"sync_status.{item}", str) not in ("none", "pending", "applied", "failed", "expired"):
            raise Broken("sync_status")
    need(one, "sync_metadata", dict)
    if need(one, "delivery_mode", str) not in ("local-file", "remote-bootstrap"):
        raise Broken("delivery_mode")


def state(text, newer):
    doc = json.loads(text)
    need(doc, "openbao_url", str)
    need(doc, "kv_mount", str)
    for id, one in (maybe(doc, "services", dict) or {}).items():
        entry(id, one, newer)
    return doc


OLDER = """openbao_url kv_mount service_name role_id_path secret_id_path eab_file_path agent_config_path ca_bundle_path
openbao_agent_config_path openbao_agent_template_path openbao_agent_token_path agent_email agent_server agent_domain
agent_responder_url profile_hostname profile_instance_id profile_cert_path profile_key_path""".split()
NEWER = """openbao_url kv_mount registration_id service_name role_id_path secret_id_path eab_file_path agent_config_path
ca_bundle_path ca_bundle_pem agent_domain profile_hostname profile_instance_id profile_cert_path profile_key_path""".split()


def bootstrap(text, newer):
    doc = json.loads(text)
    if newer and need(doc, "schema_version", int) != 5:
        raise Broken("schema_version")
    for key in NEWER if newer else OLDER:
        need(doc, key, str)
    if newer:
        pins = need(doc, "trusted_ca_sha256", list)
        if any(not HEX.fullmatch(pin) for pin in pins):
            raise Broken("trusted_ca_sha256")
        maybe(doc, "wrap_token", str)
        maybe(doc, "wrap_expires_at", str)
        maybe(doc, "cert_group_gid", int)
    return doc


def summary(text, newer):
    doc = json.loads(text)
    statuses = {"applied", "unchanged", "failed"} | ({"skipped"} if newer else set())
    for item in ("secret_id", "eab", "responder_hmac", "trust_sync"):
        if need(doc, f"{item}.status", str) not in statuses:
            raise Broken(f"{item}: {doc[item]['status']}")
        maybe(doc, f"{item}.error", str)
    return doc


def fast_poll(text, _newer):
    doc = json.loads(text)
    for item in ("reissue", "trust", "secret_id", "responder_hmac", "eab"):
        for version in (maybe(doc, f"last_{item}_seen_version", dict) or {}).values():
            if not isinstance(version, int):
                raise Broken(f"last_{item}_seen_version")
    for one in (maybe(doc, "in_flight_renewals", dict) or {}).values():
        need(one, "version", int)
        need(one, "completed_profiles", list)
    for one in (maybe(doc, "pending_completion_writes", dict) or {}).values():
        need(one, "version", int)
        need(one, "completed_at", str)
    return doc


def eab(text, _newer):
    doc = json.loads(text)
    if (need(doc, "kid", str) == "") != ((maybe(doc, "hmac", str) or "") == ""):
        raise Broken("one of kid and hmac is empty")
    return doc


def credential(text, _newer):
    # Written bare: a reader that does not strip would log in with the line feed.
    if not re.fullmatch(r"[!-~]+", text):
        raise Broken("credential: one word and nothing after it")
    return text


def bundle(text, _newer):
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----\n.*?\n-----END CERTIFICATE-----\n", text, re.S)
    if not blocks or "".join(blocks) != text:
        raise Broken("bundle: certificates one after another, each line ended")
    return [hashlib.sha256(ssl.PEM_cert_to_DER_cert(block)).hexdigest() for block in blocks]


KINDS = {
    "bundle": bundle,
    "credential": credential,
    "agent": agent,
    "responder": responder,
    "state": state,
    "bootstrap": bootstrap,
    "summary": summary,
    "fast-poll": fast_poll,
    "eab": eab,
}

if __name__ == "__main__":
    kind, generation = sys.argv[1:3]
    try:
        print(json.dumps(KINDS[kind](sys.stdin.read(), generation == "newer"), default=str))
    except (Broken, ValueError) as error:
        sys.exit(f"{kind} {generation}: {error}")
