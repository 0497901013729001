"""Checks a repository of Home Assistant apps against the rules of the Supervisor, with its own validator, PyPI's voluptuous.

    validate.py REPOSITORY

The rules are those of home-assistant/supervisor (supervisor/apps/validate.py and options.py, 2026) and of the developers' pages for
apps, but stricter: a key that the Supervisor would ignore is an error here. Prints a line for each check; exits with 1 at the first
failure.
"""

import re
import struct
import sys
from pathlib import Path

import voluptuous as vol
import yaml

ARCHITECTURES = ["amd64", "aarch64"]
ELEMENT = re.compile(
    # Not str(1,200): the Supervisor compares the text itself with the bounds, which no text passes.
    r"(bool|email|url|port|device(\(subsystem=[a-z]+\))?|str|password|int(\(-?\d*,-?\d*\))?"
    r"|float(\(-?[\d.]*,-?[\d.]*\))?|match\(.*\)|list\(.+\))\??"
)


def element(value):
    if not isinstance(value, str) or not ELEMENT.fullmatch(value):
        raise vol.Invalid(f"{value} is no type of an option")
    if inner := re.fullmatch(r"match\((.*)\)\??", value):
        re.compile(inner.group(1))
    return value


def regular(pattern):
    """Text that matches as a whole."""
    return vol.All(str, vol.Match(re.compile(pattern + r"\Z")))


PORT = vol.All(int, vol.Range(min=1, max=65535))
PORT_NAME = regular(r"\d+/(tcp|udp)")
CONFIGURATION = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Required("version"): regular(r"\d+\.\d+\.\d+(-\w+)?"),
        vol.Required("slug"): regular(r"[a-z0-9_-]+"),
        vol.Required("description"): str,
        vol.Required("arch"): vol.All([vol.In(ARCHITECTURES)], vol.Length(min=1), vol.Unique()),
        "url": vol.Url(),
        "image": regular(r"([a-zA-Z\-.:\d{}]+/)*?[\-\w{}]+/[\-\w{}]+"),
        "startup": vol.In(["initialize", "system", "services", "application", "once"]),
        "boot": vol.In(["auto", "manual", "manual_only"]),
        "init": bool,
        "stage": vol.In(["stable", "experimental", "deprecated"]),
        "ports": {PORT_NAME: vol.Any(None, PORT)},
        "ports_description": {PORT_NAME: str},
        "watchdog": regular(r"(https?|tcp)://\[HOST\]:\[PORT:\d+\].*"),
        "ingress": bool,
        "ingress_port": vol.Any(0, PORT),
        "ingress_entry": str,
        "ingress_stream": bool,
        "panel_icon": regular(r"mdi:[a-z-]+"),
        "panel_title": str,
        "panel_admin": bool,
        "homeassistant": str,
        "audio": bool,
        "realtime": bool,
        "discovery": [str],
        "services": [regular(r"(mqtt|mysql):(provide|want|need)")],
        "backup": vol.In(["hot", "cold"]),
        "backup_exclude": [str],
        "map": list,
        "options": dict,
        "schema": {str: vol.Any(element, [element])},
        "timeout": vol.All(int, vol.Range(min=10, max=300)),
    }
)
TRANSLATION = vol.Schema(
    {"configuration": {str: {vol.Required("name"): str, "description": str}}, "network": {PORT_NAME: str}}
)
REPOSITORY = vol.Schema({vol.Required("name"): str, "url": vol.Url(), "maintainer": str})


def option(kind, value, key):
    """Checks a value as the Supervisor does before it writes options.json."""
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise vol.Invalid(f"{key} is not a list")
        return [option(kind[0], one, key) for one in value]
    bare = kind.rstrip("?")
    bounds = re.search(r"\((-?[\d.]*),(-?[\d.]*)\)$", bare)
    low, high = (float(one) if one else None for one in bounds.groups()) if bounds else (None, None)
    if bare.startswith("match("):
        vol.Match(bare[6:-1])(str(value))
    elif bare == "str":
        # The Supervisor takes anything that has a text; here it has to be one.
        vol.Schema(str)(value)
    elif bare.startswith("float"):
        vol.All(vol.Coerce(float), vol.Range(min=low, max=high))(value)
    elif bare == "bool":
        vol.Schema(bool)(value)
    else:
        raise vol.Invalid(f"no check for {kind}")
    return value


def check_options(configuration, options):
    kinds = configuration["schema"]
    for key, value in options.items():
        if key not in kinds:
            raise vol.Invalid(f"{key} is not in the schema")
        option(kinds[key], value, key)
    for key, kind in kinds.items():
        kind = kind[0] if isinstance(kind, list) else kind
        if key not in options and not kind.endswith("?"):
            raise vol.Invalid(f"{key} has no default and is not optional")


def size_of_picture(path):
    """Width and height of a PNG."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        raise vol.Invalid(f"{path} is not a PNG")
    return struct.unpack(">II", data[16:24])


def must_fail(what, check, *arguments):
    try:
        check(*arguments)
    except vol.Invalid:
        return
    raise vol.Invalid(f"{what} is accepted")


def check(root):
    load = lambda path: yaml.safe_load(path.read_text())
    repository = REPOSITORY(load(root / "repository.yaml"))
    print(f"repository.yaml: {repository['name']}")
    app = root / "cooee"
    configuration = CONFIGURATION(load(app / "config.yaml"))
    print(f"config.yaml: version {configuration['version']} for {', '.join(configuration['arch'])}")
    check_options(configuration, configuration["options"])
    for options in [
        {"phrases": "hey computer"}, {"phrases": [1]}, {"false_alarms_per_hour": 0}, {"microphone": "perhaps"},
        {"site": "living room"}, {"unknown": 1},
    ]:
        must_fail(str(options), check_options, configuration, configuration["options"] | options)
    must_fail("an unknown key", CONFIGURATION, configuration | {"ingres": True})
    print("options: the defaults are accepted, and values out of range are not")
    if configuration.get("ingress") and f"{configuration['ingress_port']}/tcp" not in configuration["ports"]:
        raise vol.Invalid("the ingress port is not a port of the app")
    if set(configuration["ports"]) != set(configuration["ports_description"]):
        raise vol.Invalid("a port has no description")
    for path in sorted((app / "translations").glob("*.yaml")):
        translation = TRANSLATION(load(path))
        if set(translation["configuration"]) != set(configuration["schema"]):
            raise vol.Invalid(f"{path.name} does not have exactly the options of the schema")
        if set(translation["network"]) != set(configuration["ports"]):
            raise vol.Invalid(f"{path.name} does not have exactly the ports")
        print(f"translations/{path.name}: all options and ports")
    for name, size in [("icon.png", (128, 128)), ("logo.png", (250, 100))]:
        if size_of_picture(app / name) != size:
            raise vol.Invalid(f"{name} is {size_of_picture(app / name)}, and not {size}")
    documents = (app / "DOCS.md").read_text()
    for key in configuration["schema"]:
        if f"`{key}`" not in documents:
            raise vol.Invalid(f"DOCS.md does not have {key}")
    if "image" not in configuration and not (app / "Dockerfile").exists():
        raise vol.Invalid("there is neither an image nor a Dockerfile")
    print("icon, logo, DOCS.md, Dockerfile")


try:
    check(Path(sys.argv[1]))
except (vol.Invalid, yaml.YAMLError, OSError, re.error) as error:
    sys.exit(f"{error}")
