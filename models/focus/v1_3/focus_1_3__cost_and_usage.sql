{{ project_focus('charge', {'PricingCurrency': currency_code('pricing_currency')}) }}
