"""The endpoints, by subject: each loads, makes one call into the domain, and answers."""
