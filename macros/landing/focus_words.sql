{#- Names and words of FOCUS Cost and Usage files, the same for every provider. -#}

{#- The columns of FOCUS 1.0 to 1.4, in lower case: what a file of the format may hold. -#}
{% macro focus_columns() %}
    {{ return((
        'availabilityzone billedcost billingaccountid billingaccountname billingcurrency '
        'billingperiodend billingperiodstart chargecategory chargeclass chargedescription '
        'chargefrequency chargeperiodend chargeperiodstart commitmentdiscountcategory '
        'commitmentdiscountid commitmentdiscountname commitmentdiscountstatus '
        'commitmentdiscounttype consumedquantity consumedunit contractedcost '
        'contractedunitprice effectivecost invoiceissuername listcost listunitprice '
        'pricingcategory pricingquantity pricingunit providername publishername regionid '
        'regionname resourceid resourcename resourcetype servicecategory servicename skuid '
        'skupriceid subaccountid subaccountname tags '
    ).split() + focus_columns_since_1_1() + focus_columns_since_1_2() + focus_columns_since_1_3()) }}
{% endmacro %}

{% macro focus_columns_since_1_1() %}
    {{ return((
        'capacityreservationid capacityreservationstatus commitmentdiscountquantity '
        'commitmentdiscountunit servicesubcategory skumeter skupricedetails'
    ).split()) }}
{% endmacro %}

{% macro focus_columns_since_1_2() %}
    {{ return((
        'billingaccounttype invoiceid pricingcurrency pricingcurrencycontractedunitprice '
        'pricingcurrencyeffectivecost pricingcurrencylistunitprice subaccounttype'
    ).split()) }}
{% endmacro %}

{% macro focus_columns_since_1_3() %}
    {{ return((
        'allocatedmethoddetails allocatedmethodid allocatedresourceid allocatedresourcename '
        'allocatedtags commitmentprogrameligibilitydetails contractapplied hostprovidername '
        'invoicedetailid serviceprovidername'
    ).split()) }}
{% endmacro %}

{#- Version of the file whose header is given: no column says it, the columns that are there do.
    1.3 has the new name of the provider beside the old one, 1.4 only the new one. Azure's 1.0 has
    the types of the accounts, which came with 1.2. -#}
{% macro focus_version(header) -%}
    case
        when
            list_contains({{ header }}, 'serviceprovidername')
            and not list_contains({{ header }}, 'providername')
            then '1.4'
        when list_has_any({{ header }}, {{ focus_columns_since_1_3() }}) then '1.3'
        when
            list_has_any(
                list_filter(
                    {{ header }},
                    lambda c: c not in ('billingaccounttype', 'subaccounttype')
                ),
                {{ focus_columns_since_1_2() }}
            )
            then '1.2'
        when list_has_any({{ header }}, {{ focus_columns_since_1_1() }}) then '1.1'
        else '1.0'
    end
{%- endmacro %}

{#- A field of a FOCUS record; the word null, which some providers write, is nothing either. -#}
{% macro focus_value(name) -%}
    nullif(nullif({{ csv_value(name) }}, 'NULL'), 'null')
{%- endmacro %}

{#- The one of the words a column allows that a text is in any case; null for any other text. -#}
{% macro allowed_word(text, words) -%}
    case lower({{ text }})
        {%- for word in words %}
            when '{{ word | lower }}' then '{{ word }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- An exclusive end as a whole second: some providers name the last second that belongs to the
    period instead. -#}
{% macro exclusive_end(moment) -%}
    if(
        extract(second from {{ moment }}) >= 59,
        date_trunc('second', {{ moment }}) + interval 1 second,
        date_trunc('second', {{ moment }})
    )
{%- endmacro %}

{#- First day of the calendar month (UTC) that a billing period is, whatever time zone it was cut
    in and whether its last day is inside or not; null when it is no calendar month. -#}
{% macro billing_month(start, end) -%}
    case
        when
            abs(date_diff(
                'hour', date_trunc('month', {{ start }} + interval 14 hours), {{ start }}
            )) <= 14
            and date_diff(
                'hour',
                date_trunc('month', {{ start }} + interval 14 hours) + interval 1 month,
                {{ end }}
            ) between -25 and 14
            then date_trunc('month', {{ start }} + interval 14 hours)
    end
{%- endmacro %}

{#- How many single ones a unit's text stands for, such as 1000 for '1K Units' or '1,000 Tokens';
    null when the text does not begin with a plain count. -#}
{% macro unit_block(unit) -%}
    {%- set text = "replace(lower(trim(" ~ unit ~ ")), ',', '')" -%}
    case
        when
            regexp_matches(
                {{ text }},
                '^(per )?([0-9]{1,7} ?)?((k|m|mm|thousand|million)([ -]|$|tok))?[a-z ]*$'
            )
            then
                try_cast(
                    coalesce(nullif(regexp_extract({{ text }}, '^(?:per )?([0-9]{1,7})', 1), ''), '1')
                    || case
                        when
                            regexp_matches({{ text }}, '^(per )?([0-9]+ ?)?(k|thousand)([ -]|$|tok)')
                            then '000'
                        when
                            regexp_matches(
                                {{ text }}, '^(per )?([0-9]+ ?)?(m|mm|million)([ -]|$|tok)'
                            )
                            then '000000'
                        else ''
                    end as decimal(10, 0)
                )
    end
{%- endmacro %}

{#- How many tokens a unit's text stands for; null when it is not about tokens, or about tokens
    for a time, or leaves a doubt. -#}
{% macro token_unit(unit) -%}
    {%- set text = "replace(lower(trim(" ~ unit ~ ")), ',', '')" -%}
    case
        when
            regexp_matches(
                {{ text }},
                '^(per )?([0-9]+ ?)?(k|m|mm|thousand|million)?[ -]?((input|output|cached|total) )?tok(en)?s?$'
            )
            then {{ unit_block(unit) }}
    end
{%- endmacro %}

{#- JSON object text as it is; null for any other text. -#}
{% macro json_object_or_null(text) -%}
    if(try(json_type({{ text }})) = 'OBJECT', {{ text }}, null)
{%- endmacro %}

{#- Text of a JSON object (with or without its braces) or list; null when it is neither. -#}
{% macro focus_json(text) -%}
    coalesce(try_cast({{ text }} as json), try_cast('{' || {{ text }} || '}' as json))
{%- endmacro %}

{#- Tags of a FOCUS row, a JSON object or a list of objects with key and value, as entries of key and
    value with addresses hidden. -#}
{% macro focus_tag_entries(json) -%}
    list_transform(
        case json_type({{ json }})
            when 'OBJECT'
                then list_transform(
                    json_keys({{ json }}),
                    lambda k: {'k': k, 'v': json_extract_string({{ json }}, {{ json_pointer('k') }})}
                )
            when 'ARRAY'
                then list_transform(
                    {{ json_list(json) }},
                    lambda e: {
                        'k': coalesce(
                            json_extract_string(e, '$.key'), json_extract_string(e, '$.Key')
                        ),
                        'v': coalesce(
                            json_extract_string(e, '$.value'), json_extract_string(e, '$.Value')
                        )
                    }
                )
            else []
        end,
        lambda e: {'k': {{ hide_email('e.k') }}, 'v': to_json({{ hide_email('e.v') }})}
    )
{%- endmacro %}

{#- The first value under one of the keys, in compared spelling. Providers put what set a tag before
    its key, as in user:department, user_department or iamPrincipal/department. -#}
{% macro focus_tag(entries, keys) -%}
    {{ known_text(
        "list_transform(list_filter(" ~ entries ~ ", lambda e: "
        "regexp_full_match(lower(e.k), '(.*[:/]|user_)?(" ~ keys | join("|") ~ ")')), "
        "lambda e: json_extract_string(e.v, '$'))[1]"
    ) }}
{%- endmacro %}

{#- Google's credits beside a cost: a list of name and amount, empty for none. -#}
{% macro focus_credits(text) -%}
    coalesce(
        list_transform(
            {{ json_list("try_cast(" ~ text ~ " as json)") }},
            lambda c: {
                'name': coalesce(
                    json_extract_string(c, '$.FullName'),
                    json_extract_string(c, '$.Name'),
                    json_extract_string(c, '$.full_name'),
                    json_extract_string(c, '$.name')
                ),
                'amount': {{ exact_amount(
                    "coalesce(json_extract_string(c, '$.Amount'), json_extract_string(c, '$.amount'))"
                ) }}
            }
        ),
        []
    )
{%- endmacro %}
