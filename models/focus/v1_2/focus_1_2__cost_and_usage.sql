-- Who bills also made the service available for purchase: 1.2 wants BilledCost 0 on charges whose
-- ProviderName is somebody else's, and later versions tell the two apart.
{{ project_focus('charge', {
    'ProviderName': 'invoice_issuer_name',
    'PricingCurrency': currency_code('pricing_currency'),
}) }}
