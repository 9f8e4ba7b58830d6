"""The settings of the service for the peers: same database and models, none of its middleware."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.apis.peers"
MIDDLEWARE = []
