{#- What a file of OpenRouter says of calls with the company's own keys: their providers charge them, in
    their own bills. `counted` says which rows are such calls and count. -#}
{% macro own_key_notice(counted) -%}
    if(
        {{ counted }} and upstream_cost > 0,
        'calls with the company''s own keys: their providers charge '
        || {{ plain_number(
            'sum(upstream_cost) filter (where ' ~ counted ~ ') over (partition by source_file)'
        ) }}
        || ' USD for them, which only the providers'' own bills and logs tell',
        null
    )
{%- endmacro %}
