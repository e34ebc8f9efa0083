"""What schemathesis cannot do by itself: bodies of lines, and tuples of OpenAPI 3.1."""
import json

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines(_context, value):
    rows = value if isinstance(value, list) else [value]
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def without_prefix_items(schema):
    """Pairs of one type as lists of two: `prefixItems` is rewritten by schemathesis to a form that it then refuses."""
    if isinstance(schema, list):
        return [without_prefix_items(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    members = {name: without_prefix_items(member) for name, member in schema.items()}
    prefix = members.get("prefixItems")
    if isinstance(prefix, list) and prefix and all(item == prefix[0] for item in prefix):
        del members["prefixItems"]
        members |= {"items": prefix[0], "minItems": len(prefix), "maxItems": len(prefix)}
    return members


@schemathesis.hook
def before_load_schema(_context, raw_schema):
    paths = without_prefix_items(raw_schema["paths"])
    raw_schema["paths"] = paths
    raw_schema["components"] = without_prefix_items(raw_schema.get("components", {}))
