"""The project: settings, routes, servers. The product itself lives in the apps beside it."""
