{#- Who serves a model, in a gateway's word, as far as the model's name tells it: a prefix such as
    anthropic/, Bedrock's own ids, or the family. Null for a name that tells nothing. -#}
{% macro provider_of_model(model) -%}
    coalesce(
        nullif(lower(regexp_extract({{ model }}, '^([a-zA-Z_]+)/', 1)), ''),
        case
            when
                regexp_matches(
                    lower({{ model }}),
                    '^(arn:aws|((us|eu|apac|global)[.])?'
                    '(anthropic|amazon|meta|mistral|cohere|ai21|deepseek)[.])'
                )
                then 'bedrock'
            when
                regexp_matches(lower({{ model }}), '^(gpt-|chatgpt-|o[134](-|$)|text-embedding-)')
                then 'openai'
            when starts_with(lower({{ model }}), 'claude-') then 'anthropic'
            when starts_with(lower({{ model }}), 'gemini-') then 'gemini'
            when regexp_matches(lower({{ model }}), '^(mi|mini|magi|code|dev)stral-') then 'mistral'
            when starts_with(lower({{ model }}), 'deepseek-') then 'deepseek'
            when starts_with(lower({{ model }}), 'grok-') then 'xai'
            when starts_with(lower({{ model }}), 'command-') then 'cohere'
        end
    )
{%- endmacro %}

{#- A model's name without the prefix of the provider that serves it. -#}
{% macro model_without_provider(model, provider) -%}
    nullif(if(
        starts_with(lower({{ model }}), {{ provider }} || '/'),
        substr({{ model }}, length({{ provider }}) + 2),
        {{ model }}
    ), '')
{%- endmacro %}
