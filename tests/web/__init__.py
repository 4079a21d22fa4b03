"""The pages over HTTP, without a browser: a file per view."""

POOLS = "/accounts/abcd1234/pools"
NEW_POOL = "/accounts/abcd1234/new-pool"
FRAGMENT = {"HX-Request": "true"}
SEEN = (
    '{"fallback": "Pool", "localized_sender_preferred": true,'
    ' "predictable_sender_preferred": false}'
)
"""What the form of a pool's settings says that the person saw: those of the pools made here."""
