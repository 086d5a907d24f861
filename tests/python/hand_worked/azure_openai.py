"""Azure OpenAI: cached tokens inside the prompt, lists of one number, two rows a request.

In March 2026, of models that the price book of OpenAI prices too. There is no bill in these files.
"""

import json

from hand_worked import MILLION, Case, D, priced, records

RESOURCE = (
    "/SUBSCRIPTIONS/00000000-AAAA-4000-8000-000000000001/RESOURCEGROUPS/RG-AI"
    "/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/AI-EAST"
)


def entry(category: str, request_id: str, properties: dict, **fields) -> str:
    return json.dumps({
        "time": "2026-03-05T08:31:04.1200000Z", "category": category,
        "operationName": "ChatCompletions_Create", "correlationId": request_id,
        "location": "eastus2", "resourceId": RESOURCE, "properties": properties, **fields,
    }) + "\n"  # fmt: skip


def usage(request_id: str, model: str, version: str, prompt: int, cached: int, output: int) -> str:
    """Properties are a JSON text, counts lists of one."""
    return entry("AzureOpenAIRequestUsage", request_id, json.dumps({
        "modelDeploymentName": "chat-prod", "modelName": model, "modelVersion": version,
        "streamType": "Streaming", "promptTokens": [prompt], "cachedTokens": [cached],
        "generatedTokens": [output],
    }))  # fmt: skip


CACHED = usage("hw-az-cached", "gpt-5.4", "2026-03-05", 18200, 16384, 540)
BROKEN = entry("AzureOpenAIRequestUsage", "hw-az-words", {"promptTokens": ["many"]})
ENVELOPE = {"apiName": "Azure OpenAI API", "modelDeploymentName": "chat-prod"}
TOKENS = {"modelName": "gpt-4.1", "promptTokens": 1000, "completionTokens": 100}
FOLDER = "resourceId=/SUBSCRIPTIONS/1/y=2026/m=03/d=05"
FILES = {
    f"azure_openai/request_usage/{FOLDER}/h=08/m=00/PT1H.json": CACHED
    + usage("hw-az-older-version", "gpt-4o", "2024-05-13", 1000, 0, 100)
    + BROKEN,
    # Delivered again while the hour still grew, with one call more.
    f"azure_openai/request_usage/{FOLDER}/h=08/m=00/again/PT1H_2026-03-06.json": CACHED
    + usage("hw-az-late", "gpt-5.4", "2026-03-05", 10, 0, 1),
    f"azure_openai/request_response/{FOLDER}/h=08/m=00/PT1H.json": entry(
        "RequestResponse", "hw-az-two-rows", ENVELOPE, resultSignature="200"
    )
    + entry("RequestResponse", "hw-az-refused", ENVELOPE, resultSignature="429")
    + entry("RequestResponse", "hw-az-unknown", ENVELOPE, resultSignature="200")
    + entry("RequestResponse", "hw-az-keys", {}, operationName="ListKey", resultSignature="200"),
    f"azure_openai/request_response/{FOLDER}/h=11/m=00/PT1H.json": entry(
        "RequestResponse", "hw-az-two-rows", TOKENS
    ),
}
CASES = [
    Case(
        "cached tokens are inside the prompt",
        priced("request_id = 'hw-az-cached'"),
        # gpt-5.4: input 2.50, cached 0.25, output 15
        ((18200 - 16384) * D("2.5") + 16384 * D("0.25") + 540 * D("15")) / MILLION,
    ),
    Case(
        "a version with a price of its own has it",
        priced("request_id = 'hw-az-older-version'"),
        # gpt-4o of 2024-05-13: input 5, output 15; later versions 2.50 and 10
        (1000 * D("5") + 100 * D("15")) / MILLION,
    ),
    Case(
        "of two rows of a request the one with tokens counts",
        priced("request_id = 'hw-az-two-rows'"),
        # gpt-4.1: input 2, output 8
        (1000 * D("2") + 100 * D("8")) / MILLION,
    ),
    Case("calls that count", records("azure_openai/request_usage", "accepted"), 3),
    Case("the call that came again", records("azure_openai/request_usage", "duplicate"), 1),
    Case("the count in words", records("azure_openai/request_usage", "quarantined"), 1),
    Case(
        "the call, the refused call and the reading of keys count",
        records("azure_openai/request_response", "accepted"),
        3,
    ),
    Case("the row without tokens", records("azure_openai/request_response", "duplicate"), 1),
    Case("tokens nobody states", records("azure_openai/request_response", "quarantined"), 1),
    Case(
        "neither refusals nor management cost anything",
        "select count(*) from usage where request_id in ('hw-az-refused', 'hw-az-keys') "
        "and not is_billable",
        2,
    ),
    Case(
        "reading keys is no call",
        "select sum(request_count) from usage where source_dataset = 'azure_openai/request_response'",
        2,
    ),
]
