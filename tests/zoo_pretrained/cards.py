"""What a card may say of a model."""

LATENCY = {"milliseconds": 4.25, "what": "one text", "machine": "a machine"}
SPREAD = {"seeds": [1, 2, 3], "test_accuracy": [0.9, 0.91, 0.92]}
FAILURE = {"input": "a | b", "expected": "good", "answered": "bad"}
FACTS = {
    "purpose": "To try out what a card says.",
    "limits": "It reads nothing but English.",
    "spread": SPREAD,
    "failures": [FAILURE],
}
