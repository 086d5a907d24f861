{#- The rank of a source among equally good ones, best first: the var evidence_ranks, for what it
    names, before the seed datasets. `datasets` is the alias of the seed. -#}
{% macro evidence_rank(datasets) -%}
    {%- set ranks = var('evidence_ranks') or {} -%}
    {%- if ranks is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "evidence_ranks must be a mapping such as {openai/costs_csv: 0}"
        ) }}
    {%- endif -%}
    {%- for name, rank in ranks.items() -%}
        {%- if rank is not integer -%}
            {{ exceptions.raise_compiler_error(
                "evidence_ranks: the rank of " ~ name ~ " is '" ~ rank ~ "', it must be a whole number"
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if ranks -%}
        case {{ datasets }}.source_dataset
            {%- for name, rank in ranks.items() %}
            when '{{ name | replace("'", "''") }}' then {{ rank }}
            {%- endfor %}
            else {{ datasets }}.evidence_rank
        end
    {%- else -%}
        {{ datasets }}.evidence_rank
    {%- endif -%}
{%- endmacro %}
