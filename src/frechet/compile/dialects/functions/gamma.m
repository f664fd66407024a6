function y = log_gamma(x)
  y = gammaln(max(x, 0));
  y(~(x > 0)) = NaN;
end

function y = digamma(x)
  y = psi(max(x, 0));
  y(~(x > 0)) = NaN;
end

function y = polygamma(x, k)
  y = psi(k, max(x, 0));
  y(~(x > 0)) = NaN;
end
