"""Azure OpenAI: the two diagnostic logs of June."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

from ai_spend.sample import EXPORTED, MILLION, Books, D, add

ABOUT = """
Azure OpenAI has only its diagnostic logs for June, no bill: the log of token use, with cached
  tokens inside the prompt and counts written as lists of one, is estimated with OpenAI's prices;
  the log of requests tells the same calls without the cache in two rows each, and management
  operations, and carries no money. Neither knows who called; the deployment does.
"""

USAGE, REQUESTS = "azure_openai/request_usage", "azure_openai/request_response"
RESOURCE = ("/SUBSCRIPTIONS/0B000000-0000-4000-8000-00000000BEEF/RESOURCEGROUPS/RG-BW/PROVIDERS"
            "/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/BW-WEST")  # fmt: skip
# US dollars per million tokens of gpt-4.1
PRICES = {"input_tokens": D("2"), "cache_read_tokens": D("0.5"), "output_tokens": D("8")}


def entry_line(category: str, at: datetime, request_id: str, properties, **fields) -> str:
    return json.dumps({
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.1200000Z"), "category": category,
        "operationName": "ChatCompletions_Create", "correlationId": request_id,
        "location": "westeurope", "resourceId": RESOURCE, "properties": properties, **fields,
    }) + "\n"  # fmt: skip


def write(books: Books, rng: random.Random) -> None:
    usage, requests = books.dataset(USAGE), books.dataset(REQUESTS)
    used, asked = [], []
    for n in range(60):
        at = datetime(2026, 6, 2, 6, tzinfo=UTC) + timedelta(hours=11 * n)
        request_id = f"b0000000-0000-4000-8000-{n:012}"
        prompt, output = rng.randint(3_000, 30_000), rng.randint(100, 2_000)
        cached = rng.choice([0, 1_024, 2_048])
        named = {"modelDeploymentName": "sales-copy" if n % 2 else "web-search",
                 "modelName": "gpt-4.1", "modelVersion": "2025-04-14",
                 "streamType": "Streaming"}  # fmt: skip
        counts = {"promptTokens": [prompt], "cachedTokens": [cached], "generatedTokens": [output]}
        properties = named | counts
        used.append(entry_line("AzureOpenAIRequestUsage", at, request_id,
                               json.dumps(properties) if n % 3 else properties))  # fmt: skip
        usage["accepted"] += 1
        tokens = {"input_tokens": prompt - cached, "cache_read_tokens": cached,
                  "output_tokens": output}  # fmt: skip
        for meter, count in tokens.items():
            if count:
                add(usage["tokens"], meter, count)
                books.charge("azure_openai", "usage", "2026-06", USAGE, "Estimated",
                             D(count) / MILLION * PRICES[meter])  # fmt: skip
        if n < 40:
            asked.append(entry_line("RequestResponse", at, request_id, named,
                                    resultSignature="200"))  # fmt: skip
            asked.append(entry_line("RequestResponse", at, request_id,
                                    named | {"promptTokens": prompt,
                                             "completionTokens": output}))  # fmt: skip
            requests["accepted"] += 1
            requests["duplicates"] += 1
            add(requests["tokens"], "input_tokens", prompt)
            add(requests["tokens"], "output_tokens", output)
        if n % 10 == 1:
            asked.append(entry_line("RequestResponse", at, f"keys-{n}", {},
                                    operationName="ListKey", resultSignature="200"))  # fmt: skip
            requests["accepted"] += 1
            requests["not_billable"] += 1
    books.put(f"{USAGE}/PT1H_2026-06__exported_2026-06-20.json.gz", "".join(used[:35]))
    broken = entry_line("AzureOpenAIRequestUsage", datetime(2026, 6, 29, tzinfo=UTC), "broken",
                        {"promptTokens": ["many"]})  # fmt: skip
    path = f"{USAGE}/PT1H_2026-06b__exported_{EXPORTED['2026-06']}.json"
    books.put(path, "".join([*used[30:], broken]))
    books.plant(path, "lines 1 to 5", "calls that the delivery of 20 June has too")
    books.plant(path, "line 31", "a count in words")
    usage["duplicates"] += 5
    usage["quarantined"] = {"unreadable count": 1}
    usage["records"] += len(used) + 6
    unknown = entry_line("RequestResponse", datetime(2026, 6, 29, tzinfo=UTC), "no-tokens",
                         {"modelDeploymentName": "web-search"}, resultSignature="200")  # fmt: skip
    path = f"{REQUESTS}/PT1H_2026-06__exported_{EXPORTED['2026-06']}.json.gz"
    books.put(path, "".join([*asked, unknown]))
    books.plant(path, f"line {len(asked) + 1}", "a call for which no row states tokens")
    requests["quarantined"] = {"no tokens": 1}
    requests["records"] += len(asked) + 1
