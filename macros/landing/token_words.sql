{#- What the names of token meters, usage types and articles say, in the spellings of the clouds. -#}

{#- True when a meter's name, usage type or article counts tokens. Google's articles name what goes in
    or out instead; what else it sells under such names is told apart. -#}
{% macro is_token_meter(service, text) -%}
    {%- set words = "regexp_replace(lower(" ~ text ~ "), '[^a-z0-9]+', ' ', 'g')" -%}
    coalesce(
        if(
            {{ service }} in ('google_vertex', 'gemini_api'),
            regexp_matches(
                {{ words }},
                'token|(text|image|audio|video) (input|output)|(input|output) (text|image|audio|video)|input caching|cached'
            )
            and not regexp_matches(
                {{ words }},
                'storage|ground|provisioned|tuning|training|character|search|per (image|second)'
            ),
            regexp_matches({{ words }}, '(^|[a-z ])tok(en)?s?( |$)|token ?count|_tokens')
            and not regexp_matches({{ words }}, 'storage|hour')
        ),
        false
    )
{%- endmacro %}

{#- Our meter of a meter's name, usage type or article that is about tokens, in the spellings of
    the clouds; null where it leaves a doubt, as with both directions in one or a cache's lifetime
    that has no meter. -#}
{% macro token_meter(text) -%}
    {%- set words = "regexp_replace(lower(" ~ text ~ "), '1 ?[km] ?tokens?', 'tokens')" -%}
    {%- set written = "regexp_matches(" ~ words ~ ", 'cach(e|ed|ing)?[ _-]*(creation|write|wr)|(^|[^a-z])cd[ _-]*wr')" -%}
    {%- set cached = "regexp_matches(" ~ words ~ ", 'cach|cchd|(^|[^a-z])cd([^a-z]|$)')" -%}
    {%- set put_out = "regexp_matches(" ~ words ~ ", 'output|outp|(^|[^a-z])opt([^a-z]|$)|completion')" -%}
    {%- set put_in = "regexp_matches(" ~ words ~ ", 'input|inp|prompt')" -%}
    case
        when regexp_matches({{ words }}, 'storage|hour|video') then null
        when {{ written }} and regexp_matches({{ words }}, '(^|[^0-9])1 ?h') then 'cache_write_1h_tokens'
        when {{ written }} and regexp_matches({{ words }}, '(^|[^0-9])[0-9]+ ?m(in)?([^a-z]|$)')
            then if(
                regexp_matches({{ words }}, '(^|[^0-9])5 ?m(in)?([^a-z]|$)'),
                'cache_write_5m_tokens', null
            )
        when {{ written }} then 'cache_write_5m_tokens'
        when {{ put_in }} and {{ put_out }} then null
        when {{ cached }} and {{ put_out }} then null
        when contains({{ words }}, 'audio')
            then case
                when {{ cached }} then 'cache_read_audio_tokens'
                when {{ put_out }} then 'output_audio_tokens'
                when {{ put_in }} then 'input_audio_tokens'
            end
        when regexp_matches({{ words }}, 'image|(^|[^a-z])img')
            then case
                when {{ cached }} then 'cache_read_image_tokens'
                when {{ put_out }} then 'output_image_tokens'
                when {{ put_in }} then 'input_image_tokens'
            end
        when {{ cached }} then 'cache_read_tokens'
        when {{ put_out }} then 'output_tokens'
        when {{ put_in }} then 'input_tokens'
    end
{%- endmacro %}

{#- Service tier that a token meter's name or usage type says; nothing said is standard. -#}
{% macro token_tier(text) -%}
    {%- set words = "lower(" ~ text ~ ")" -%}
    case
        when regexp_matches({{ words }}, 'batch') then 'batch'
        when regexp_matches({{ words }}, '(^|[^a-z])(flex|fl)([^a-z]|$)') then 'flex'
        when regexp_matches({{ words }}, '(^|[^a-z])(priority|pp)([^a-z]|$)') then 'priority'
        else 'standard'
    end
{%- endmacro %}

{#- Model that a token line names: in the usage type or the product's name (AWS), the meter's name
    (Azure), the article's text (Google). Null where none of these patterns is met. -#}
{% macro token_model(service, meter, meter_text, service_text) -%}
    nullif(case {{ service }}
        when 'aws_bedrock'
            then coalesce(
                nullif(regexp_extract(
                    {{ service_text }}, '^(.*?) ?\(Amazon Bedrock Edition\)', 1
                ), ''),
                regexp_extract(
                    {{ meter_text }},
                    '^[A-Z]{2,5}[0-9]?-(.+?)(?:-mantle)?-(?:input|output|cache)[-_]', 1
                )
            )
        when 'azure_openai'
            then if(
                {{ meter }} is not null,
                regexp_replace(
                    lower(replace(regexp_extract(
                        {{ meter_text }},
                        '(?i)^(.*?)[ -]+(?:batch|shortco|longco|cached|cchd|(?:cd|pp|flex|fl|ft|opt)[ -]|inp|outp)',
                        1
                    ), ' ', '-')),
                    '^([0-9])', 'gpt-\1'
                ),
                null
            )
        when 'google_vertex' then {{ google_model(meter_text) }}
        when 'gemini_api' then {{ google_model(meter_text) }}
    end, '')
{%- endmacro %}

{% macro google_model(text) -%}
    lower(replace(regexp_extract(
        {{ text }}, '(?i)(gemini [0-9]+(?:\.[0-9]+)?(?: (?:flash|pro|ultra|nano))?(?:[ -]lite)?)', 1
    ), ' ', '-'))
{%- endmacro %}
