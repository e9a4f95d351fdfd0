"""Kubernetes: manifests from the list of services and the contracts, their checks, and a control plane to try them on."""
