"""The pages: overview, stance timelines, documents."""
