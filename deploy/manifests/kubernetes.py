"""The Kubernetes manifests: one file per service, and one each for settings, network, ways in and the whole.

Kafka, Elasticsearch and PostgreSQL are expected in the namespace SERVERS, run by their own operators; what is secret
is expected in the Secret `convene` and is named here by its keys only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from manifests.document import HEADER, Inline, write
from manifests.layout import ACCOUNTS, HEALTH_PORT, SERVICES, WEB_PORT, Process, Server, Service, image, processes

NAMESPACE = "convene"
SERVERS = "convene-servers"
"""The namespace of Kafka, Elasticsearch and PostgreSQL."""
MONITORING = "monitoring"
INGRESS = "ingress-nginx"
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
PART_OF = "app.kubernetes.io/part-of"
NAMESPACE_NAME = "kubernetes.io/metadata.name"

USER = 10001
PARTITIONS = 4
"""As many consumers of a service have work at the same time."""
PORTS: dict[Server, int] = {"database": 5432, "bus": 9092, "search": 9200, "internet": 443}
SECRETS: dict[str, tuple[str, Server | None, bool]] = {
    # setting → key of the Secret, who needs it (None: everybody), whether it may be absent
    "CONVENE_DATABASE_URL": ("database-url", None, False),
    "CONVENE_ADDRESS_KEY": ("address-key", None, False),
    "CONVENE_BUS_PASSWORD": ("bus-password", "bus", True),
    "CONVENE_SEARCH_API_KEY": ("search-api-key", "search", True),
}
Manifest = Mapping[str, object]


def manifests() -> dict[str, str]:
    """File name → text, for the folder deploy/kubernetes."""
    files: dict[str, list[Manifest]] = {
        "namespace.yaml": [_namespace()],
        "settings.yaml": [_settings()],
        "network.yaml": _network(),
        "ingress.yaml": [_ingress()],
    }
    for service in SERVICES:
        files[f"{service.name}.yaml"] = _service_file(service)
    files["kustomization.yaml"] = [
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": NAMESPACE,
            "resources": list(files),
        }
    ]
    return {name: write(documents, HEADER) for name, documents in files.items()}


# --- one service ------------------------------------------------------------------------------------------------


def _service_file(service: Service) -> list[Manifest]:
    found: list[Manifest] = []
    for process in service.processes():
        if process.kind == "web":
            found.append(_http_service(process))
        found.append(_deployment(process))
        if process.kind in ("web", "consumer"):
            found += [_autoscaler(process), _disruption_budget(process)]
    return found


def _head(api: str, kind: str, name: str, labels: dict[str, str] | None = None) -> Manifest:
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {PART_OF: "convene", **(labels or {})}},
    }


def _own(process: Process) -> dict[str, str]:
    return {NAME: process.service.name, COMPONENT: process.kind}


def _http_service(process: Process) -> Manifest:
    return {
        **_head("v1", "Service", process.service.name, _own(process)),
        "spec": {"selector": _own(process), "ports": [{"name": "http", "port": WEB_PORT, "targetPort": "http"}]},
    }


def _deployment(process: Process) -> Manifest:
    scaled = process.kind in ("web", "consumer")
    return {
        **_head("apps/v1", "Deployment", process.name, _own(process)),
        "spec": {
            # A scaled process has no number here: applying the manifests again would undo the autoscaler's.
            # Of relays and clocks one works at a time, under a lock or lease; a second would only stand by.
            **({} if scaled else {"replicas": 1}),
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": _own(process)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": {PART_OF: "convene", **_own(process)}, "annotations": _annotations(process)},
                "spec": _pod(process),
            },
        },
    }


def _annotations(process: Process) -> dict[str, str]:
    if process.metrics is None:
        return {}
    return {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(process.port),
        "prometheus.io/path": process.metrics,
    }


def _pod(process: Process) -> Manifest:
    pod: dict[str, object] = {
        # The variables that Kubernetes makes of services would look like misspelt settings.
        "enableServiceLinks": False,
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 40,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if process.kind == "web":
        if process.service.stores:
            pod["initContainers"] = [_container(process, "migrate", ["db", "upgrade", process.service.name])]
        pod["topologySpreadConstraints"] = [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _own(process)},
            }
        ]
    pod["containers"] = [{**_container(process, process.kind, process.arguments), **_serving(process)}]
    sizes = {"scratch": "256Mi", **({"metrics": "64Mi"} if _counts_together(process) else {})}
    pod["volumes"] = [{"name": name, "emptyDir": {"sizeLimit": size}} for name, size in sizes.items()]
    return pod


def _container(process: Process, name: str, arguments: list[str]) -> Manifest:
    mounts = [{"name": "scratch", "mountPath": "/tmp"}]  # noqa: S108 - the container's own
    return {
        "name": name,
        "image": image(),
        "args": Inline(arguments),
        "envFrom": [{"configMapRef": {"name": "convene"}}],
        "env": _secrets(process),
        "resources": {
            "requests": {"cpu": "250m" if process.kind == "web" else "50m", "memory": "192Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": Inline(["ALL"])},
        },
        "volumeMounts": mounts,
    }


def _serving(process: Process) -> Manifest:
    """What a long-running container has beyond one that ends: a port, probes, and its own settings."""
    env = _secrets(process)
    mounts = [{"name": "scratch", "mountPath": "/tmp"}]  # noqa: S108 - the container's own
    if process.kind != "web":
        env.append({"name": "CONVENE_HEALTH_PORT", "value": str(HEALTH_PORT)})
    if _counts_together(process):
        env.append({"name": "PROMETHEUS_MULTIPROC_DIR", "value": "/run/metrics"})
        mounts.append({"name": "metrics", "mountPath": "/run/metrics"})
    port = "http" if process.kind == "web" else "health"
    live = {"httpGet": {"path": process.health("live"), "port": port}}
    ready = {"httpGet": {"path": process.health("ready"), "port": port}}
    return {
        "ports": [{"name": port, "containerPort": process.port}],
        "env": env,
        "startupProbe": {**live, "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": {**live, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
        "readinessProbe": {**ready, "periodSeconds": 10, "timeoutSeconds": 8, "failureThreshold": 2},
        "volumeMounts": mounts,
    }


def _counts_together(process: Process) -> bool:
    """A web process is several workers: their counters are added up through files in a shared folder."""
    return process.kind == "web" and process.metrics is not None


def _secrets(process: Process) -> list[Manifest]:
    if not process.service.stores:
        return []
    return [
        {
            "name": setting,
            "valueFrom": {"secretKeyRef": {"name": "convene", "key": key, **({"optional": True} if optional else {})}},
        }
        for setting, (key, server, optional) in SECRETS.items()
        if server is None or server in process.needs
    ]


def _autoscaler(process: Process) -> Manifest:
    if process.kind == "web":
        least, most = 2, 6
        metric: Manifest = {
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
        }
    else:
        least, most = 1, PARTITIONS
        metric = {
            "type": "External",
            "external": {
                "metric": {
                    "name": "convene_consumer_lag",
                    "selector": {"matchLabels": {"app_kubernetes_io_name": process.service.name}},
                },
                "target": {"type": "AverageValue", "averageValue": "500"},
            },
        }
    return {
        **_head("autoscaling/v2", "HorizontalPodAutoscaler", process.name, _own(process)),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": process.name},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [metric],
            # A member that comes or goes makes the others pause: do not follow every dip.
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }


def _disruption_budget(process: Process) -> Manifest:
    return {
        **_head("policy/v1", "PodDisruptionBudget", process.name, _own(process)),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": _own(process)}},
    }


# --- what they share ----------------------------------------------------------------------------------------------


def _namespace() -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAMESPACE,
            "labels": {PART_OF: "convene", "pod-security.kubernetes.io/enforce": "restricted"},
        },
    }


def _settings() -> Manifest:
    return {
        **_head("v1", "ConfigMap", "convene"),
        "data": {
            "CONVENE_BUS_URL": f"kafka://kafka.{SERVERS}:{PORTS['bus']}",
            "CONVENE_BUS_REPLICATION": "3",
            "CONVENE_BUS_PARTITIONS": str(PARTITIONS),
            "CONVENE_SEARCH_URL": f"http://elasticsearch.{SERVERS}:{PORTS['search']}",
            "CONVENE_SEARCH_REPLICAS": "1",
            "CONVENE_ACCOUNTS_URL": f"http://{ACCOUNTS}:{WEB_PORT}",
            "CONVENE_PUBLIC_URL": "https://convene.example",
            "CONVENE_HOST": "0.0.0.0",  # noqa: S104 - in a container of its own
            "CONVENE_PORT": str(WEB_PORT),
            "CONVENE_DATA_DIR": "/tmp/convene",  # noqa: S108 - the container's own
            "CONVENE_LOG_FORMAT": "json",
        },
    }


def _network() -> list[Manifest]:
    """Nothing may speak to anything, but for what the table of processes says."""
    web = {"matchLabels": {PART_OF: "convene", COMPONENT: "web"}}
    everything = {"matchLabels": {PART_OF: "convene"}}
    policies = [
        _policy("default-deny", {}, ingress=[], egress=[]),
        _policy(
            "names",
            everything,
            egress=[
                {
                    "to": [
                        {**_namespace_selector("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
                    ],
                    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
                }
            ],
        ),
        _policy("metrics", everything, ingress=[_rule("from", [_namespace_selector(MONITORING)], "http", "health")]),
        _policy("from-outside", web, ingress=[_rule("from", [_namespace_selector(INGRESS)], "http")]),
    ]
    for service in SERVICES:
        callers = [process for process in processes() if service.name in process.calls]
        if callers:
            from_callers = [{"podSelector": {"matchLabels": _own(caller)}} for caller in callers]
            called = {"matchLabels": {NAME: service.name, COMPONENT: "web"}}
            policies.append(
                _policy(f"to-{service.name}", called, ingress=[_rule("from", from_callers, "http")]),
            )
    policies += [_outgoing(process) for process in processes() if process.needs or process.calls]
    return policies


def _outgoing(process: Process) -> Manifest:
    rules: list[Manifest] = [
        {"to": [_place(server)], "ports": [{"protocol": "TCP", "port": PORTS[server]}]}
        for server in sorted(process.needs)
    ]
    rules += [
        _rule("to", [{"podSelector": {"matchLabels": {NAME: called, COMPONENT: "web"}}}], "http")
        for called in process.calls
    ]
    return _policy(f"from-{process.name}", {"matchLabels": _own(process)}, egress=rules)


def _place(server: Server) -> Manifest:
    if server != "internet":
        return _namespace_selector(SERVERS)
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"]
    return {"ipBlock": {"cidr": "0.0.0.0/0", "except": private}}


def _policy(
    name: str,
    selector: Manifest,
    *,
    ingress: Sequence[Manifest] | None = None,
    egress: Sequence[Manifest] | None = None,
) -> Manifest:
    spec: dict[str, object] = {"podSelector": selector, "policyTypes": []}
    types = []
    for direction, rules in (("Ingress", ingress), ("Egress", egress)):
        if rules is not None:
            types.append(direction)
            if rules:
                spec[direction.lower()] = rules
    spec["policyTypes"] = Inline(types)
    return {**_head("networking.k8s.io/v1", "NetworkPolicy", name), "spec": spec}


def _rule(direction: str, peers: Sequence[Manifest], *ports: str) -> Manifest:
    return {direction: peers, "ports": [{"protocol": "TCP", "port": port} for port in ports]}


def _namespace_selector(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: name}}}


def _ingress() -> Manifest:
    host = "convene.example"
    paths = [
        {
            "path": service.prefix,
            "pathType": "Prefix",
            "backend": {"service": {"name": service.name, "port": {"name": "http"}}},
        }
        for service in SERVICES
    ]
    return {
        **_head("networking.k8s.io/v1", "Ingress", "convene"),
        "spec": {
            "ingressClassName": "nginx",
            "tls": [{"hosts": Inline([host]), "secretName": "convene-tls"}],
            "rules": [{"host": host, "http": {"paths": paths}}],
        },
    }
