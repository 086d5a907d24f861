"""Helicone: kimi-k2-thinking (0.60 USD input, 0.15 cache read, 2.50 output per million tokens)."""

import json

from hand_worked import MILLION, Case, D, billed, priced, records


def request(id_: str, **fields) -> dict:
    return {
        "request_id": id_,
        "request_created_at": "2026-03-10T08:00:00.000Z",
        "response_created_at": "2026-03-10T08:00:02.000Z",
        "response_status": 200,
        "provider": "MOONSHOT",
        "model": "kimi-k2-thinking",
        "prompt_tokens": 1000,
        "prompt_cache_read_tokens": 3000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        **fields,
    }


PAGE = {
    "data": [
        request("hw-h-unpriced"),
        request("hw-h-dollars", costUSD=0.0234),
        request("hw-h-cached", costUSD=0.0234, cache_reference_id="00000000-0000-4000-8000-01"),
        request("hw-h-failed", response_status=529, prompt_cache_read_tokens=0),
    ],
    "error": None,
}
HEADER = "request_id,request_created_at,status,provider,model,prompt_tokens,completion_tokens,cost"
# The warehouse: 23,400,000 x 10^-9 dollars, twice in one file until it is merged.
WAREHOUSE = [
    "hw-h-billionths,2026-03-11 08:00:00.000,200,MOONSHOT,kimi-k2-thinking,1000,0,0",
    "hw-h-billionths,2026-03-11 08:00:00.000,200,MOONSHOT,kimi-k2-thinking,1000,100,23400000",
    "hw-h-half,2026-03-11 08:00:00.000,200,MOONSHOT,kimi-k2-thinking,1000,100,0.0234",
]
# The next delivery corrects one estimate.
AGAIN = {"data": [request("hw-h-dollars", costUSD=0.0300)]}
FOLDER = "helicone/requests"
FILES = {
    f"{FOLDER}/hw_2026-03-15.json": json.dumps(PAGE),
    f"{FOLDER}/hw_rmt_2026-03-16.csv": "\n".join([HEADER, *WAREHOUSE]) + "\n",
    f"{FOLDER}/hw_2026-04-02.json": json.dumps(AGAIN),
}
CASES = [
    Case(
        "cached input is beside the prompt",
        priced("source_dataset = 'helicone/requests' and request_id = 'hw-h-unpriced'"),
        (1000 * D("0.60") + 3000 * D("0.15") + 100 * D("2.50")) / MILLION,
    ),
    Case(
        "stated in dollars, then corrected, stated in billionths, else by the price book",
        billed("service = 'moonshot_api' and billing_period_start = '2026-03-01'"),
        D("0.0300")
        + 23_400_000 * D("0.000000001")
        + (1000 * D("0.60") + 3000 * D("0.15") + 100 * D("2.50")) / MILLION,
    ),
    Case(
        "an answer from Helicone's own cache and a failure are billed to nobody",
        "select count(distinct request_id) from priced_usage "
        "where source_dataset = 'helicone/requests' and not is_billable",
        2,
    ),
    Case("accepted", records(FOLDER, "accepted"), 5),
    Case("superseded", records(FOLDER, "superseded"), 2),
    Case("quarantined", records(FOLDER, "quarantined"), 1),
]
