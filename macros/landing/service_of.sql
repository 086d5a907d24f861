{#- A provider's word as the table of words writes it: lower case, one _ for anything but letters and
    digits, without what SDKs put behind it for the kind of call (openai.responses). Null when
    empty. -#}
{% macro provider_key(provider) -%}
    nullif(regexp_replace(
        trim(regexp_replace(lower({{ provider }}), '[^a-z0-9]+', '_', 'g'), '_'),
        '(.)_(chat|chat_completions|responses|completions?|messages|embeddings?|generative_ai|'
        'text_embedding|image|images|transcription|speech|language|language_model)$',
        '\1'
    ), '')
{%- endmacro %}

{#- Our key of the service behind a provider_key; null for a word that names no provider or that
    nobody has mapped (macros/landing/provider_words.sql). -#}
{% macro service_of_key(key) -%}
    {%- set words = provider_words() -%}
    map_extract_value(
        map(
            ['{{ words.keys() | join("', '") }}'],
            ['{{ words.values() | join("', '") }}']
        ),
        {{ key }}
    )
{%- endmacro %}

{#- Our key of the service behind a call: the provider's word; where there is none, or it names a
    framework, or nobody has mapped it, who serves the model by its name; else a service of the
    word's own. So an unknown word never stands beside the bill of the service that the model's
    family names; unknown_provider_notice says it.

    provider  word as written, may be null
    model  name of the model as written, may be null -#}
{% macro service_of(provider, model) -%}
    (
        select
            coalesce(
                {{ service_of_key('named.stated_key') }},
                {{ service_of_key(provider_key(provider_of_named('named'))) }},
                coalesce(named.stated_key, 'unknown') || '_api'
            )
        from {{ named_model(model, provider) }}
    )
{%- endmacro %}

{#- What is said of a call whose provider's word nobody has mapped; null for known words. -#}
{% macro unknown_provider_notice(provider, model) -%}
    (
        select
            if(
                {{ service_of_key('named.stated_key') }} is null
                and named.stated_key not in ('{{ framework_words() | join("', '") }}'),
                'unknown provider ' || left(named.stated_key, 60) || ', taken as '
                || coalesce(
                    {{ service_of_key(provider_key(provider_of_named('named'))) }},
                    named.stated_key || '_api'
                ),
                null
            )
        from {{ named_model(model, provider) }}
    )
{%- endmacro %}
