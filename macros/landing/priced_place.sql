{#- Where a call had to stay, when the vendor prices that apart: the country of an OpenAI host, and for
    Claude at Google whether the endpoint is one region or several (the global one has no place).
    `address` is the URL or the resource that was called; null when nothing is priced apart. -#}
{% macro priced_place(provider, model, address) -%}
    {%- set location = "lower(coalesce(nullif(regexp_extract(" ~ address
        ~ ", '/?locations/([^/]+)', 1), ''), regexp_extract(" ~ address
        ~ ", '^https?://([a-z0-9-]+)-aiplatform[.]', 1)))" -%}
    case
        when {{ provider }} = 'openai' or {{ provider }} = 'openai_api'
            then nullif(regexp_extract({{ address }}, '^https?://([a-z]{2})[.]api[.]openai[.]com', 1), '')
        when
            (starts_with({{ provider }}, 'vertex') or {{ provider }} = 'google_vertex')
            and contains(lower({{ model }}), 'claude')
            then case
                when {{ location }} in ('', 'global') then null
                when {{ location }} in ('us', 'eu') then 'multi-region'
                else 'regional'
            end
    end
{%- endmacro %}
