"""The verbs of the product. A service calls the store and the router; it knows no HTTP and no socket."""
