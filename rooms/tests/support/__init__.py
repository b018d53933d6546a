"""What tests are built on: servers, clients, databases, browsers and proxies that run for real."""
