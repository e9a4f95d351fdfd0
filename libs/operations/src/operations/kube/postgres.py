"""A PostgreSQL cluster for each service that keeps data, so that each can be restored to a time of its own."""

from __future__ import annotations

from chassis.schema import database_grants
from operations.kube.manifests import Manifest, named, waved
from operations.services import DATABASE_ROLES, with_database

IMAGE = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie"
CONNECTIONS_MAX = 250
BACKUP_PLUGIN = "barman-cloud.cloudnative-pg.io"
STORE = "tongheng-backups"
"""The ObjectStore of the backups: the site's own, for it names the bucket."""


def cluster(service: str) -> Manifest:
    """The cluster of a service: its name is `<service>-db`."""
    return waved(named("Cluster", f"{service}-db", service=service, role="database"), -3) | {
        "spec": {
            "description": f"The database of {service}",
            "imageName": IMAGE,
            "instances": 3,
            "primaryUpdateStrategy": "unsupervised",
            "enableSuperuserAccess": False,
            "bootstrap": {
                "initdb": {
                    "database": service,
                    "owner": f"{service}_owner",
                    "secret": {"name": f"{service}-owner"},
                    "encoding": "UTF8",
                    "dataChecksums": True,
                    "postInitSQL": [
                        "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC",
                        *(
                            f"CREATE ROLE {service}_{kind} NOLOGIN NOBYPASSRLS"
                            for kind in DATABASE_ROLES
                            if kind != "owner"
                        ),
                    ],
                    "postInitApplicationSQL": database_grants(service, service),
                }
            },
            "managed": {
                "roles": [
                    {
                        "name": f"{service}_{kind}",
                        "ensure": "present",
                        "login": True,
                        "bypassrls": False,
                        "passwordSecret": {"name": f"{service}-{kind}"},
                        **({"inRoles": ["pg_read_all_stats"]} if kind == "worker" else {}),
                    }
                    for kind in DATABASE_ROLES
                    if kind != "owner"
                ]
            },
            "postgresql": {
                "parameters": {
                    "max_connections": str(CONNECTIONS_MAX),
                    "jit": "off",
                    "shared_buffers": "512MB",
                    "log_min_duration_statement": "2000",
                },
                # Told as done only when a standby has it too: nothing is lost with one node.
                "synchronous": {"method": "any", "number": 1, "dataDurability": "required"},
            },
            "storage": {"size": "100Gi"},
            "walStorage": {"size": "20Gi"},
            "resources": {
                "requests": {"cpu": "1", "memory": "2Gi"},
                "limits": {"memory": "2Gi"},
            },
            "affinity": {
                "enablePodAntiAffinity": True,
                "podAntiAffinityType": "preferred",
                "topologyKey": "kubernetes.io/hostname",
            },
            "plugins": [
                {
                    "name": BACKUP_PLUGIN,
                    "isWALArchiver": True,
                    "parameters": {"barmanObjectName": STORE},
                }
            ],
        }
    }


def backups(service: str) -> Manifest:
    """A base backup each night; between them the log is archived as it is written."""
    minute = 7 * with_database().index(service)
    return waved(
        named("ScheduledBackup", f"{service}-db", service=service, role="database"), -2
    ) | {
        "spec": {
            # Seconds first. One after the other: they share the way to the store.
            "schedule": f"0 {minute % 60} {1 + minute // 60} * * *",
            "backupOwnerReference": "self",
            "cluster": {"name": f"{service}-db"},
            "method": "plugin",
            "pluginConfiguration": {"name": BACKUP_PLUGIN},
        }
    }
