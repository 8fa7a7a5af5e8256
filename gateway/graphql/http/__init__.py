"""GraphQL over HTTP: the endpoint, its parameters, and the explorer's page."""
