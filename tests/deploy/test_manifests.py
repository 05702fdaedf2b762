"""The compose file, the image file and the Kubernetes manifests hold what the program and its documentation promise.

Neither an engine nor a cluster is needed: the files are read as they are committed. Where `docker compose` is at hand, it
checks its own file too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.chassis.settings import SETTINGS, Settings
from services.cli import NAMES, convene

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
COMMANDS = {"web": "service", "relay": "relay", "consumer": "consume", "clock": "clock"}
SECRET = {setting.name for setting in SETTINGS if setting.secret} | {"CONVENE_DATABASE_URL"}
KNOWN = {setting.name for setting in SETTINGS}
DATABASE, BUS, SEARCH = 5432, 9092, 9200

Document = dict[str, Any]


@cache
def _documents() -> list[Document]:
    paths = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
    return [document for path in paths for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)]


def _of_kind(kind: str) -> dict[str, Document]:
    found = [document for document in _documents() if document["kind"] == kind]
    names = [document["metadata"]["name"] for document in found]
    assert len(names) == len(set(names)), f"two {kind} of one name"
    return dict(zip(names, found, strict=True))


DEPLOYMENTS = _of_kind("Deployment")
SERVING = {f"{name}-{kind}" for name in NAMES for kind in COMMANDS}
COMPOSE: Document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def _pod(deployment: Document) -> Document:
    return deployment["spec"]["template"]  # type: ignore[no-any-return]


def _container(deployment: Document) -> Document:
    (container,) = _pod(deployment)["spec"]["containers"]
    return container  # type: ignore[no-any-return]


def _containers(deployment: Document) -> list[Document]:
    spec = _pod(deployment)["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def _selects(selector: Document, labels: dict[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


def _pods_with(selector: Document) -> list[str]:
    return [name for name, each in DEPLOYMENTS.items() if _selects(selector, _pod(each)["metadata"]["labels"])]


def test_committed_files_are_what_the_generator_writes() -> None:
    done = subprocess.run(
        [sys.executable, str(DEPLOY / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# --- Kubernetes: processes ------------------------------------------------------------------------------------------


def test_every_service_of_the_program_has_its_four_processes() -> None:
    assert set(DEPLOYMENTS) >= SERVING
    for name in NAMES:
        for kind, command in COMMANDS.items():
            assert _container(DEPLOYMENTS[f"{name}-{kind}"])["args"] == [command, name]


def test_every_argument_is_a_command_of_the_program() -> None:
    composed = [service["command"] for service in COMPOSE["services"].values() if "command" in service]
    for arguments in [*composed, *(each["args"] for d in DEPLOYMENTS.values() for each in _containers(d))]:
        context = convene.make_context("convene", list(arguments), resilient_parsing=True)
        name, command, rest = convene.resolve_command(context, list(arguments))
        while hasattr(command, "resolve_command"):
            name, command, rest = command.resolve_command(context, rest)
        assert command is not None, arguments
        command.make_context(name, list(rest), parent=context)


def test_the_kustomization_lists_every_file() -> None:
    whole = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    files = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(whole["resources"]) == files


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_probes_ask_the_health_addresses(name: str) -> None:
    container = _container(DEPLOYMENTS[name])
    service, _, kind = name.partition("-")
    prefix = f"/api/{service}" if kind == "web" else ""
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for probe, which in (("startupProbe", "live"), ("livenessProbe", "live"), ("readinessProbe", "ready")):
        asked = container[probe]["httpGet"]
        assert asked["port"] in ports
        # The pages keep no data and need nothing to answer: they have no health of their own.
        assert asked["path"] == (f"{prefix}/health/{which}" if name in SERVING else "/robots.txt")
    if kind != "web":
        assert _literal(container)["CONVENE_HEALTH_PORT"] == str(ports["health"])


@pytest.mark.parametrize("name", sorted(DEPLOYMENTS))
def test_pods_have_no_more_rights_than_they_need(name: str) -> None:
    spec = _pod(DEPLOYMENTS[name])["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    volumes = {volume["name"] for volume in spec["volumes"]}
    for container in _containers(DEPLOYMENTS[name]):
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]
        assert ":" in container["image"]
        assert not container["image"].endswith(":latest")
        assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_kubernetes_makes_no_variables_that_look_like_settings() -> None:
    """It would make CONVENE_…_PORT of a service called convene-…, and an unknown setting refuses to start."""
    assert all(_pod(each)["spec"]["enableServiceLinks"] is False for each in DEPLOYMENTS.values())


# --- settings and secrets -------------------------------------------------------------------------------------------


def _literal(container: Document) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def _referenced(container: Document) -> dict[str, Document]:
    return {each["name"]: each["valueFrom"]["secretKeyRef"] for each in container["env"] if "valueFrom" in each}


def test_every_setting_is_one_of_the_program_and_can_be_read() -> None:
    shared = _of_kind("ConfigMap")["convene"]["data"]
    for deployment in DEPLOYMENTS.values():
        for container in _containers(deployment):
            assert container["envFrom"] == [{"configMapRef": {"name": "convene"}}]
            own = {name: value for name, value in _literal(container).items() if name.startswith("CONVENE_")}
            assert set(own) | set(_referenced(container)) | set(shared) <= KNOWN
            Settings.from_env({**shared, **own})
    for service in COMPOSE["services"].values():
        if "command" in service:
            assert set(service["environment"]) <= KNOWN


def test_nothing_secret_is_written_down() -> None:
    assert not _of_kind("Secret")
    assert not set(_of_kind("ConfigMap")["convene"]["data"]) & SECRET
    for name in SERVING:
        for container in _containers(DEPLOYMENTS[name]):
            assert not set(_literal(container)) & SECRET
            assert {"CONVENE_DATABASE_URL", "CONVENE_ADDRESS_KEY"} <= set(_referenced(container))
    for service in COMPOSE["services"].values():
        for name, value in service.get("environment", {}).items():
            if name in SECRET or "PASSWORD" in name:
                assert re.search(r"\$\{CONVENE_[A-Z_]+:\?", value), f"{name} must come from outside"


def test_the_secret_keys_are_documented() -> None:
    documented = (DEPLOY / "kubernetes" / "README.md").read_text()
    for deployment in DEPLOYMENTS.values():
        for container in _containers(deployment):
            for reference in _referenced(container).values():
                assert reference["name"] == "convene"
                assert f"`{reference['key']}`" in documented


# --- references -----------------------------------------------------------------------------------------------------


def test_selectors_find_their_own_pods_and_no_others() -> None:
    for name, deployment in DEPLOYMENTS.items():
        assert _pods_with(deployment["spec"]["selector"]) == [name]
    for name, service in _of_kind("Service").items():
        assert _pods_with({"matchLabels": service["spec"]["selector"]}) == [f"{name}-web"]
        ports = {port["name"] for port in _container(DEPLOYMENTS[f"{name}-web"])["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for name, budget in _of_kind("PodDisruptionBudget").items():
        assert _pods_with(budget["spec"]["selector"]) == [name]


def test_web_and_consumers_scale_and_may_be_disrupted_one_at_a_time() -> None:
    scaled = {name for name in DEPLOYMENTS if name.endswith(("-web", "-consumer"))}
    scalers = _of_kind("HorizontalPodAutoscaler")
    assert set(scalers) == set(_of_kind("PodDisruptionBudget")) == scaled
    for name, scaler in scalers.items():
        target = scaler["spec"]["scaleTargetRef"]
        assert (target["kind"], target["name"]) == ("Deployment", name)
        assert "replicas" not in DEPLOYMENTS[name]["spec"]  # else applying the files again undoes the scaling
        (metric,) = scaler["spec"]["metrics"]
        if name.endswith("-web"):
            assert metric["resource"]["name"] == "cpu"
        else:
            assert metric["external"]["metric"]["name"] == "convene_consumer_lag"
    partitions = int(_of_kind("ConfigMap")["convene"]["data"]["CONVENE_BUS_PARTITIONS"])
    assert all(each["spec"]["maxReplicas"] <= partitions for name, each in scalers.items() if "consumer" in name)


def test_the_metric_that_scales_consumers_is_one_they_have() -> None:
    source = (ROOT / "services" / "chassis" / "processes.py").read_text()
    assert '"convene_consumer_lag"' in source


def test_one_relay_and_one_clock() -> None:
    for name, deployment in DEPLOYMENTS.items():
        if name.endswith(("-relay", "-clock")):
            assert deployment["spec"]["replicas"] == 1


def test_one_origin_leads_to_every_service() -> None:
    services = _of_kind("Service")
    (rule,) = _of_kind("Ingress")["convene"]["spec"]["rules"]
    paths = {path["path"]: path["backend"]["service"] for path in rule["http"]["paths"]}
    assert {path: backend["name"] for path, backend in paths.items() if path != "/"} == {
        f"/api/{name}": name for name in NAMES
    }
    for backend in paths.values():
        assert backend["port"]["name"] in {port["name"] for port in services[backend["name"]]["spec"]["ports"]}


# --- network --------------------------------------------------------------------------------------------------------


def _policies_for(name: str, direction: str) -> list[Document]:
    labels = _pod(DEPLOYMENTS[name])["metadata"]["labels"]
    return [
        policy["spec"]
        for policy in _of_kind("NetworkPolicy").values()
        if direction in policy["spec"]["policyTypes"] and _selects(policy["spec"]["podSelector"], labels)
    ]


def _rules(name: str, direction: str) -> list[Document]:
    return [rule for policy in _policies_for(name, direction) for rule in policy.get(direction.lower(), [])]


def _may_leave_to(name: str) -> set[int]:
    return {port["port"] for rule in _rules(name, "Egress") for port in rule["ports"] if isinstance(port["port"], int)}


def _may_call(caller: str, called: str) -> bool:
    def meets(rules: list[Document], side: str, labels: dict[str, str]) -> bool:
        peers = [peer for rule in rules for peer in rule[side] if "namespaceSelector" not in peer]
        return any(_selects(peer["podSelector"], labels) for peer in peers if "podSelector" in peer)

    labels = {name: _pod(DEPLOYMENTS[name])["metadata"]["labels"] for name in (caller, called)}
    out = meets(_rules(caller, "Egress"), "to", labels[called])
    return out and meets(_rules(called, "Ingress"), "from", labels[caller])


def test_every_pod_is_closed_unless_something_is_opened() -> None:
    closed = _of_kind("NetworkPolicy")["default-deny"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in _of_kind("NetworkPolicy").values():
        assert policy["metadata"]["namespace"] == "convene"
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                assert rule[side], "a rule without a peer opens to everybody"
                assert rule["ports"], "a rule without a port opens all of them"


def test_every_policy_is_about_pods_that_exist() -> None:
    for name, policy in _of_kind("NetworkPolicy").items():
        assert _pods_with(policy["spec"]["podSelector"]), name


@pytest.mark.parametrize("name", sorted(SERVING))
def test_every_process_reaches_what_it_needs_and_no_more(name: str) -> None:
    service, _, kind = name.partition("-")
    reached = _may_leave_to(name)
    assert {53, DATABASE} <= reached
    assert (BUS in reached) == (kind in ("relay", "consumer") or name == "search-web")
    assert (SEARCH in reached) == (service == "search" and kind != "relay")
    assert (443 in reached) == (name == "accounts-web")


def test_who_may_call_whom() -> None:
    assert _may_call("registry-web", "accounts-web")
    assert _may_call("search-web", "accounts-web")
    assert all(_may_call("portal-web", f"{name}-web") for name in NAMES)
    assert not _may_call("accounts-web", "registry-web")
    assert not _may_call("search-consumer", "registry-web")
    assert _may_leave_to("portal-web") == {53}


# --- compose --------------------------------------------------------------------------------------------------------


def test_compose_runs_every_process_and_every_server() -> None:
    services = COMPOSE["services"]
    assert set(services) >= SERVING | {"kafka", "elasticsearch", "postgresql", "proxy", "migrate"}
    for name in NAMES:
        for kind, command in COMMANDS.items():
            service = services[f"{name}-{kind}"]
            assert service["command"] == [command, name]
            path = f"/api/{name}/health/ready" if kind == "web" else "/health/ready"
            assert path in service["healthcheck"]["test"][-1]
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]


def test_compose_reads_the_settings_of_the_program() -> None:
    given = {"CONVENE_DATABASE_PASSWORD": "p" * 8, "CONVENE_ADDRESS_KEY": "k" * 64}
    for service in COMPOSE["services"].values():
        if "command" in service:
            environment = {
                name: re.sub(r"\$\{(\w+):([?-])([^}]*)\}", lambda m: given.get(m[1], m[3]), value)
                for name, value in service["environment"].items()
            }
            assert not Settings.from_env(environment).one_machine


def test_compose_publishes_the_proxy_alone_and_on_loopback() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["proxy"]["ports"] == ["${CONVENE_LISTEN:-127.0.0.1:8000}:8080"]
    assert COMPOSE["networks"]["servers"] == {"internal": True}
    for name in ("kafka", "elasticsearch", "postgresql"):
        assert services[name]["networks"] == ["servers"]
        assert any(volume.partition(":")[0] in COMPOSE["volumes"] for volume in services[name]["volumes"])


def test_compose_refers_to_what_exists() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
    built = [service["build"] for service in services.values() if "build" in service]
    assert built == [{"context": "..", "dockerfile": "deploy/Containerfile"}]
    proxy = (DEPLOY / "proxy.conf").read_text()
    assert "http://$1-web:8000" in proxy
    assert "http://portal-web:8000" in proxy
    documented = (DEPLOY / "compose.env.example").read_text()
    asked = set(re.findall(r"\$\{(CONVENE_[A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked == set(re.findall(r"^(CONVENE_[A-Z_]+)=", documented, re.MULTILINE))


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not on this machine; it comes with Docker's package docker-compose-plugin")
    environment = {**os.environ, "CONVENE_DATABASE_PASSWORD": "x", "CONVENE_ADDRESS_KEY": "y" * 32}
    done = subprocess.run(
        [docker, "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "-q"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# --- image ----------------------------------------------------------------------------------------------------------


def test_the_image_is_built_from_the_lock_and_does_not_run_as_root() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    assert "pip install --require-hashes --only-binary :all: -r requirements.lock" in text
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE) == ['["convene"]']
    users = {_pod(each)["spec"]["securityContext"]["runAsUser"] for each in DEPLOYMENTS.values()}
    assert users == {10001}


def test_the_builder_is_sent_what_the_image_copies() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = {source for line in re.findall(r"^COPY (?!--)(.*)$", text, re.MULTILINE) for source in line.split()[:-1]}
    ignore = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == copied
    for source in copied:
        assert (ROOT / source).exists(), source
