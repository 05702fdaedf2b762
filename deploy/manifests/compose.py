"""The compose file: real servers, every process of every service, and a small proxy that gives them one origin."""

from __future__ import annotations

from manifests.document import HEADER, Inline, write
from manifests.layout import ACCOUNTS, HEALTH_PORT, SERVICES, WEB_PORT, Process, image, processes

NOTE = (
    HEADER
    + """\
# Secrets come from the environment or from deploy/.env (see compose.env.example):
#   docker compose -f deploy/compose.yaml up --build --detach
# Commands of the program: docker compose -f deploy/compose.yaml run --rm migrate token issue somebody@example.org
"""
)
DATABASE_URL = (
    "postgresql://convene:${CONVENE_DATABASE_PASSWORD:?set it in deploy/.env, see compose.env.example}"
    "@postgresql:5432/convene"
)
SETTINGS: dict[str, str] = {
    "CONVENE_DATABASE_URL": DATABASE_URL,
    "CONVENE_BUS_URL": "kafka://kafka:9092",
    "CONVENE_SEARCH_URL": "http://elasticsearch:9200",
    "CONVENE_ADDRESS_KEY": "${CONVENE_ADDRESS_KEY:?set it in deploy/.env, see compose.env.example}",
    "CONVENE_ACCOUNTS_URL": f"http://{ACCOUNTS}-web:{WEB_PORT}",
    "CONVENE_PUBLIC_URL": "${CONVENE_PUBLIC_URL:-http://127.0.0.1:8000}",
    "CONVENE_HOST": "0.0.0.0",  # noqa: S104 - in a container of its own
    "CONVENE_PORT": str(WEB_PORT),
}


def compose() -> str:
    """The text of compose.yaml."""
    services: dict[str, object] = {**_servers(), "migrate": _migrate()}
    for process in processes():
        services[process.name] = _process(process)
    services["proxy"] = _proxy()
    document = {
        "name": "convene",
        "services": services,
        # The servers are reached by the services alone; the proxy reaches the web processes alone.
        "networks": {"front": {}, "servers": {"internal": True}},
        "volumes": {"kafka": {}, "elasticsearch": {}, "postgresql": {}},
    }
    return write([document], NOTE)


def _servers() -> dict[str, object]:
    return {
        "postgresql": {
            "image": "postgres:15",
            "environment": {
                "POSTGRES_USER": "convene",
                "POSTGRES_DB": "convene",
                "POSTGRES_PASSWORD": "${CONVENE_DATABASE_PASSWORD:?set it in deploy/.env, see compose.env.example}",
                "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8",
            },
            "volumes": ["postgresql:/var/lib/postgresql/data"],
            "healthcheck": _check(["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "convene", "-d", "convene"]),
            "networks": Inline(["servers"]),
            "restart": "unless-stopped",
            "stop_grace_period": "60s",
        },
        "kafka": {
            "image": "apache/kafka:4.4.0",
            "environment": {
                "KAFKA_NODE_ID": "1",
                "KAFKA_PROCESS_ROLES": "broker,controller",
                "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
                "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092",
                "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
                "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@kafka:9093",
                "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
                "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
                "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
                "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
                "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
                "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
                "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
                "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
            },
            "volumes": ["kafka:/var/lib/kafka/data"],
            "healthcheck": _check(
                ["CMD", "/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "kafka:9092"]
            ),
            "networks": Inline(["servers"]),
            "restart": "unless-stopped",
            "stop_grace_period": "60s",
        },
        "elasticsearch": {
            # No authentication: it is reached through the internal network alone.
            "image": "elasticsearch:9.5.3",
            "environment": {
                "discovery.type": "single-node",
                "xpack.security.enabled": "false",
                "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
            },
            "volumes": ["elasticsearch:/usr/share/elasticsearch/data"],
            "healthcheck": _check(
                ["CMD", "curl", "-fs", "http://127.0.0.1:9200/_cluster/health?wait_for_status=yellow&timeout=5s"]
            ),
            "networks": Inline(["servers"]),
            "restart": "unless-stopped",
            "stop_grace_period": "60s",
        },
    }


def _program(arguments: list[str]) -> dict[str, object]:
    return {
        "image": image(),
        "command": Inline(arguments),
        "environment": dict(SETTINGS),
        "init": True,
        "read_only": True,
        "tmpfs": ["/tmp:mode=1777"],  # noqa: S108 - the container's own
        "cap_drop": Inline(["ALL"]),
        "security_opt": Inline(["no-new-privileges:true"]),
    }


def _migrate() -> dict[str, object]:
    """Runs first and ends: it brings the tables to this version. It alone says how the image of all is built."""
    return {
        **_program(["db", "upgrade"]),
        "build": {"context": "..", "dockerfile": "deploy/Containerfile"},
        "depends_on": {"postgresql": {"condition": "service_healthy"}},
        "networks": Inline(["servers"]),
        "restart": "on-failure",
    }


def _process(process: Process) -> dict[str, object]:
    made = _program(process.arguments)
    if process.kind != "web":
        made["environment"] = {**SETTINGS, "CONVENE_HEALTH_PORT": str(HEALTH_PORT)}
    url = f"http://127.0.0.1:{process.port}{process.health('ready')}"
    return {
        **made,
        "depends_on": {"migrate": {"condition": "service_completed_successfully"}},
        "healthcheck": _check(["CMD", "python", "-c", f"import urllib.request as r; r.urlopen('{url}', timeout=5)"]),
        "networks": Inline(["front", "servers"] if process.kind == "web" else ["servers"]),
        "restart": "unless-stopped",
        "stop_grace_period": "30s",
    }


def _proxy() -> dict[str, object]:
    return {
        "image": "nginx:1.28-alpine",
        "volumes": ["./proxy.conf:/etc/nginx/conf.d/default.conf:ro"],
        "ports": ["${CONVENE_LISTEN:-127.0.0.1:8000}:8080"],
        "depends_on": {f"{service.name}-web": {"condition": "service_healthy"} for service in SERVICES},
        "healthcheck": _check(["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/robots.txt"]),
        "networks": Inline(["front"]),
        "restart": "unless-stopped",
    }


def _check(test: list[str]) -> dict[str, object]:
    return {
        "test": Inline(test),
        "interval": "10s",
        "timeout": "10s",
        "start_period": "60s",
        "start_interval": "2s",
        "retries": 6,
    }
