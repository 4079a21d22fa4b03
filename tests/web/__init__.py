"""The pages over HTTP, without a browser: a file per view."""

POOLS = "/accounts/abcd1234/pools"
FRAGMENT = {"HX-Request": "true"}
