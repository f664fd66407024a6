# ruff: noqa
# fmt: off
"""Programs that call SciPy's and NumPy's libraries: random samples, splines, filters, polynomials, spectra, densities."""

import numpy as np, functools, math
import scipy.special as sc, scipy.linalg as sl, scipy.signal as ss, scipy.stats as st, scipy.integrate as si, scipy.interpolate as sip, scipy.ndimage as nd, scipy.optimize as so, scipy.sparse as sp, scipy.spatial as spa, scipy.spatial.distance
from numpy.polynomial import Polynomial, Chebyshev

R0=np.random.default_rng(0); D=R0.standard_normal((12,4)); t=R0.random(12); IMG=R0.random((8,8)); XS=np.linspace(0,1,12)
def reparam_normal(x):
    rng=np.random.default_rng(1); z=rng.normal(x[0],x[1],size=200); return np.mean(np.maximum(z-x[2],0))+x[3]**2
def reparam_uniform(x):
    rng=np.random.default_rng(1); z=rng.uniform(x[0],x[0]+x[1],50); return np.mean(np.sin(z)*x[2])
def reparam_expo(x):
    rng=np.random.default_rng(1); z=rng.exponential(x[0],50); return np.mean(z**2)+x[1]
def reparam_lognormal(x):
    rng=np.random.RandomState(1); z=rng.lognormal(x[0],x[1],50); return np.mean(z)
def reparam_laplace(x):
    rng=np.random.default_rng(1); z=rng.laplace(x[0],x[1],50); return np.mean(z**2)
def reparam_mvn(x):
    rng=np.random.default_rng(1); z=x[:2]+rng.standard_normal((20,2))@np.diag(x[2:]); return np.mean(z**2)
def npr_seed(x):
    np.random.seed(0); z=np.random.normal(x[0],x[1],30); return np.mean(np.tanh(z))
def vec_sig(x):
    f=np.vectorize(lambda a,b:a@b,signature='(n),(n)->()'); return f(np.stack([x,x**2]),x).sum()
def vec_excl(x):
    f=np.vectorize(lambda a,q:np.polyval(q,a),excluded=[1]); return f(XS,x).sum()
def einsum_lists(x):
    A=np.outer(x,x); return np.einsum(A,[0,1],A,[1,2],[0,2]).sum()
def hist_weights(x):
    h,e=np.histogram(t,bins=4,weights=x[0]*t+x[1]); return np.sum(h**2)
def binomf(x): return np.sum(sc.binom(5+x,2.5))
def pochf(x): return np.sum(sc.poch(x,2.5))
def lambw(x): return np.sum(np.real(sc.lambertw(x)))
def conv2(x):
    k=x.reshape(2,2); return np.sum(ss.convolve2d(IMG,k,mode='valid')**2)
def corr2(x):
    k=x.reshape(2,2); return np.sum(ss.correlate2d(IMG,k,mode='same')**2)
def conv2_b(x):
    k=x.reshape(2,2); return np.sum(ss.convolve2d(IMG,k,mode='same',boundary='symm')**2)
def fftconv2(x):
    k=x.reshape(2,2); return np.sum(ss.fftconvolve(IMG,k,mode='same')**2)
def ndconv(x):
    k=np.outer(x[:3],x[1:]); return np.sum(nd.convolve(IMG,k)**2)
def ndcorr1(x): return np.sum(nd.correlate1d(IMG,x[:3],axis=0,mode='nearest')**2)
def lfilt(x): return np.sum(ss.lfilter([x[0],x[1]],[1.,-x[2]*.5],t)**2)
def gfilt_sigma(x): return np.sum(nd.gaussian_filter(IMG*x[0],1.)**2)
def mapcoord(x):
    c=np.stack([np.linspace(1,5,6)+x[0],np.linspace(1,5,6)+x[1]]); return np.sum(nd.map_coordinates(IMG,c,order=1))
def alongaxis(x): return np.sum(np.apply_along_axis(lambda r:np.cumsum(r)[-1]*r.max(),1,D*x))
def csp_vals(x):
    c=sip.CubicSpline(np.arange(4.),x); return np.sum(c(np.linspace(0,3,9))**2)
def csp_pts(x):
    c=sip.CubicSpline(XS,np.sin(5*XS)); return np.sum(c(x*.5))
def interp1d_lin(x):
    f=sip.interp1d(np.arange(4.),x); return np.sum(f(np.linspace(.1,2.9,7))**2)
def interp1d_pts(x):
    f=sip.interp1d(XS,np.sin(5*XS),kind='cubic'); return np.sum(f(x*.5)**2)
def pchip(x): return np.sum(sip.PchipInterpolator(XS,XS**2)(x*.5))
def rgi(x):
    f=sip.RegularGridInterpolator((np.arange(8.),np.arange(8.)),IMG); return np.sum(f(np.stack([x*3,x[::-1]*2],-1)))
def bspl(x):
    b=sip.BSpline(np.arange(8.),x,3); return np.sum(b(np.linspace(3,4,5))**2)
def makeint(x):
    b=sip.make_interp_spline(np.arange(4.),x,k=3); return b(1.3)**2+b(2.2)
def polycls(x): return Polynomial(x)(.7)**2+Polynomial(x).deriv()(.2)
def polycls_int(x): q=Polynomial(x); return (q.integ()(1.)-q.integ()(0.))**2
def polymul(x): return (Polynomial(x[:2])*Polynomial(x[2:]))(1.5)+ (Polynomial([1.,2.])*x[0])(x[1])
def cheb(x): return np.sum(Chebyshev(x)(np.linspace(-1,1,5))**2)
def leg(x): return np.polynomial.legendre.legval(.3,x)*np.polynomial.chebyshev.chebval(.2,x)*np.polynomial.polynomial.polyval(.4,x)
def poly1d_(x): q=np.poly1d(x); return q(.5)*q.deriv()(1.)
def toep(x): return np.sum(sl.solve_toeplitz(x+np.array([3,0,0,0]),t[:4]))
def polar_(x): U,Pm=sl.polar(np.eye(2)+x.reshape(2,2)*.3); return U[0,1]+Pm[0,0]
def eig_full(x): w,v=np.linalg.eig(np.array([[x[0],1.],[.2,x[1]]])); return np.max(w.real)
def stat_logpdf(x): return st.norm.logpdf(t,x[0],x[1]).sum()+st.t.logpdf(t,3+x[2],loc=x[0]).sum()+st.gamma.logpdf(t,x[3]).sum()
def stat_more(x): return st.beta.logpdf(t,1+x[0],2+x[1]).sum()+st.expon.logpdf(t,scale=x[2]).sum()+st.lognorm.logpdf(t,x[3]).sum()+st.weibull_min.logpdf(t,1+x[0]).sum()
def stat_disc(x): k=np.array([0,1,3,2]); return st.poisson.logpmf(k,x).sum()+st.binom.logpmf(k,4,x*.5).sum()+st.nbinom.logpmf(k,3,x*.5).sum()+st.geom.logpmf(k+1,x*.5).sum()
def stat_mvn(x): return st.multivariate_normal.logpdf(D[:,:2],mean=x[:2],cov=np.array([[1+x[2],.2*x[3]],[.2*x[3],1.]])).sum()
def stat_sf(x): return st.norm.sf(x).sum()+st.norm.ppf(x*.5).sum()+st.norm.logcdf(x).sum()+st.logistic.cdf(x).sum()
def stat_more2(x): return st.cauchy.logpdf(t,x[0],x[1]).sum()+st.laplace.logpdf(t,x[0],x[1]).sum()+st.chi2.logpdf(t,2+x[2]).sum()+st.pareto.logpdf(1+t,x[3]).sum()+st.dirichlet.logpdf(np.array([.2,.3,.5]),1+x[:3])
def stat_more3(x): return st.halfnorm.logpdf(t,scale=x[0]).sum()+st.truncnorm.logpdf(t,-1,2,loc=x[1]).sum()+st.vonmises.logpdf(t,x[2]).sum()+st.invgamma.logpdf(t,1+x[3]).sum()+st.rayleigh.logpdf(t,scale=x[0]).sum()
def mvt(x): return st.multivariate_t.logpdf(D[:,:2],loc=x[:2],shape=np.eye(2)*(1+x[2]),df=4).sum()
def gkde(x): return np.sum(st.gaussian_kde(t)(x))
def ssim(x):
    A=IMG*x[0]+x[1]; B=IMG**2; m1,m2=nd.uniform_filter(A,3),nd.uniform_filter(B,3); s12=nd.uniform_filter(A*B,3)-m1*m2; s1=nd.uniform_filter(A*A,3)-m1**2; s2=nd.uniform_filter(B*B,3)-m2**2
    return np.mean((2*m1*m2+.01)*(2*s12+.03)/((m1**2+m2**2+.01)*(s1+s2+.03)))
def fixedq(x): return si.fixed_quad(lambda s:np.exp(-x[0]*s)*x[1],0,2.,n=6)[0]
def welch_(x): s=np.sin(2*np.pi*x[0]*np.arange(64)/8)*x[1]; f,P_=ss.welch(s,nperseg=16); return np.sum(P_*f)
def hilb(x): s=np.sin(np.arange(16)*x[0])*x[1]+x[2]; return np.sum(np.abs(ss.hilbert(s)))
def firw(x): h=ss.firwin(9,.3); return np.sum(np.convolve(np.tile(x,4),h)**2)
def pearson_(x): return st.pearsonr(D@x,t)[0]
def linreg(x): r=st.linregress(XS,np.sin(x[0]*XS)*x[1]); return r.slope**2+r.intercept
def ttest(x): return st.ttest_ind(D@x,t).statistic
def cdist_(x): return spa.distance.cdist(D,D+x,'euclidean').sum()+spa.distance.squareform(spa.distance.pdist(D*x)).sum()
def mahal(x): return spa.distance.mahalanobis(x,D[0],np.eye(4))
def jensen(x): q=x/x.sum(); return spa.distance.jensenshannon(q,np.ones(4)/4)
def special1(x): return sc.erf(x).sum()+sc.erfinv(x*.5).sum()+sc.gamma(x).sum()+sc.beta(x,2.).sum()+sc.digamma(x).sum()+sc.jv(1,x).sum()+sc.ellipk(x*.5).sum()
def hyp2(x): return sc.hyp2f1(.5,1.,2.,x*.4).sum()
def rosen_(x): return so.rosen(x)
def sparse_(x): A=sp.diags([np.ones(3),2*np.ones(4),np.ones(3)],[-1,0,1]).tocsr(); return x@(A@x)
def bode(x):
    w,H=ss.freqz([x[0],x[1]],[1.,-.3*x[2]],worN=8); return np.sum(np.abs(H)**2)
def npfunc(x): return np.frompyfunc(lambda a:a**2,1,1)(x).sum()
def savgol(x): return np.sum(ss.savgol_filter(np.tile(x,3),5,2)**2)+np.sum(ss.medfilt(np.tile(x,2),3)**2)
def findpeaks(x): y=np.sin(np.arange(30)*.5)*x[0]+x[1]; i,_=ss.find_peaks(y); return y[i].sum()
PROGRAMS={n:f for n,f in list(globals().items()) if getattr(f,'__module__','')==__name__}
