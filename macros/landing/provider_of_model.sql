{#- Who serves a model, in a word of provider_words, as far as the model's name shows it: the path in
    front of it (vertex_ai/..., publishers/.../models/...), a cloud's own spelling, or the family.
    An open model, which anybody may serve, shows nobody. Null then. A first part of the path that
    nobody has mapped is given back as it is. -#}
{% macro provider_of_model(model) -%}
    (
        select {{ provider_of_named('named') }}
        from {{ named_model(model) }}
    )
{%- endmacro %}

{#- A name taken apart, as one row `named`: in lower case, the first part of its path, that part as a
    provider's word, its service, and what is left behind the path. A subquery, which is worked out
    once per name, however many calls have it.

    word  a provider's word to carry along, may be left out -#}
{% macro named_model(model, word='null') -%}
    (
        select
            *,
            {{ service_of_key('first_key') }} as first_service,
            {{ model_family('last_part') }} as family
        from (
            select
                *,
                {{ provider_key('first_part') }} as first_key
            from (
                select
                    *,
                    regexp_extract(full_name, '^([a-z0-9_.-]+)[/:]', 1) as first_part,
                    regexp_extract(full_name, '[^/]*$') as last_part
                from (
                    select
                        lower(trim({{ model }})) as full_name,
                        {{ provider_key(word) }} as stated_key
                ) as in_lower_case
            ) as in_parts
        ) as with_key
    ) as named
{%- endmacro %}

{#- The provider's word of a name taken apart. -#}
{% macro provider_of_named(named) -%}
    case
        when
            regexp_matches(
                {{ named }}.full_name,
                '^[^/:]+/[^/]+:(free|nitro|floor|online|exacto|extended)$'
            )
            then 'openrouter'
        when
            regexp_matches(
                {{ named }}.full_name, '(^|/)publishers/[^/]+/models/|^projects/.*/models/'
            )
            then 'vertex'
        when starts_with({{ named }}.full_name, 'accounts/fireworks/') then 'fireworks'
        when starts_with({{ named }}.full_name, 'models/') then 'gemini'
        when starts_with({{ named }}.full_name, 'arn:aws') then 'bedrock'
        when {{ named }}.first_key in ('{{ publisher_words() | join("', '") }}') then null
        when {{ named }}.first_service is not null then {{ named }}.first_part
        when {{ named }}.family is not null then {{ named }}.family
        when {{ named }}.first_key in ('{{ framework_words() | join("', '") }}') then null
        when contains({{ named }}.full_name, '/') then nullif({{ named }}.first_part, '')
    end
{%- endmacro %}

{#- The provider's word of a model's family, by the bare name in lower case; null for open models. -#}
{% macro model_family(name) -%}
    case
        when
            regexp_matches(
                {{ name }},
                '^((us|eu|apac|global|us-gov|jp|au|ca|in|sa|mx)[.])?'
                '(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability|writer|'
                'nvidia|google|minimax|moonshotai?|zai|twelvelabs|luma)[.][a-z]'
            )
            then 'bedrock'
        when regexp_matches({{ name }}, '^claude-.*@') then 'vertex'
        when starts_with({{ name }}, 'claude-') then 'anthropic'
        when regexp_matches({{ name }}, '^gpt-oss') then null
        when
            regexp_matches(
                {{ name }},
                '^(ft:)?(gpt-|chatgpt-|o[134](-|$)|codex-|davinci-|babbage-)'
                '|^(text-embedding-(3|ada)|whisper-1|tts-1|dall-e-|omni-moderation|'
                'computer-use-preview|sora-)'
            )
            then 'openai'
        when regexp_matches({{ name }}, '^(gemini-|imagen-|veo-)') then 'gemini'
        when regexp_matches({{ name }}, '^(mi|mini|magi|code|dev)stral-|^(pix|vox)tral-') then 'mistral'
        when starts_with({{ name }}, 'deepseek-') then 'deepseek'
        when starts_with({{ name }}, 'grok-') then 'xai'
        when starts_with({{ name }}, 'command-') then 'cohere'
        when regexp_matches({{ name }}, '^sonar(-|$)') then 'perplexity'
    end
{%- endmacro %}

{#- A model's name without what says who serves it: the word of its provider, a cloud's path. -#}
{% macro model_without_provider(model, provider) -%}
    nullif(regexp_replace(
        if(
            starts_with(lower({{ model }}), lower({{ provider }}) || '/'),
            substr({{ model }}, length({{ provider }}) + 2),
            {{ model }}
        ),
        '^(projects/.*/)?(publishers/[^/]+/)?models/([^/]+)$', '\3'
    ), '')
{%- endmacro %}
