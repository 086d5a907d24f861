{#- One element of ContractApplied: how much of a line counts for a commitment. -#}
{% macro contract_element(commitment, cost) -%}
    '{"ContractId":' || to_json({{ commitment }}.contract_id)
    || ',"ContractCommitmentId":' || to_json({{ commitment }}.contract_commitment_id)
    || ',"ContractCommitmentAppliedCost":' || {{ plain_number(cost) }} || '}'
{%- endmacro %}
