{#- A person's identifier as a salted hash; null and blank stay null. The salt is the environment
    variable AI_SPEND_SALT; the var reveal_people shows the identifier itself, in lower case, so that
    the same spellings are the same person. -#}
{% macro pseudonym(identifier) -%}
    {%- if var('reveal_people') -%}
        nullif(lower(trim({{ identifier }})), '')
    {%- else -%}
        case
            when nullif(trim({{ identifier }}), '') is not null
                then
                    'p-' || substr(
                        sha256('{{ env_var("AI_SPEND_SALT", "ai_spend") }}' || lower(trim({{ identifier }}))),
                        1, 16
                    )
        end
    {%- endif -%}
{%- endmacro %}

{#- Free text that may be an e-mail address: the address becomes a pseudonym, other text stays. -#}
{% macro hide_email(text) -%}
    case
        when regexp_matches({{ text }}, '[^@\s]+@[^@\s]+[.][^@\s]+') then {{ pseudonym(text) }}
        else {{ text }}
    end
{%- endmacro %}
