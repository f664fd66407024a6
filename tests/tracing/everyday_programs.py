# ruff: noqa
# fmt: off
"""Functions as people write them: statistics, losses, physics, signals, finance; views, writes, containers. Read by `test_everyday`."""

import collections, functools, itertools, operator
import numpy as np

rng=np.random.default_rng(1)
X=rng.standard_normal((6,3)); y=(rng.random(6)>.5).astype(float); w0=rng.standard_normal(3); P5=rng.random(5)+.5; T=np.linspace(0,1,8)
M4=np.random.default_rng(5).standard_normal((4,4))


def ar1_nll(p):
    phi,s,mu=np.tanh(p[0]),np.exp(p[1]),p[2]; x=np.array([.3,.5,-.2,.8,1.1]); e=np.zeros(5); e[0]=(x[0]-mu)*np.sqrt(1-phi**2)
    for t in range(1,5): e[t]=x[t]-mu-phi*(x[t-1]-mu)
    return .5*np.sum((e/s)**2)+5*np.log(s)-.5*np.log(1-phi**2)
def garch(p):
    om,a,b=np.exp(p); r=np.array([.1,-.3,.2,.5,-.4]); v=np.var(r); ll=0.
    for t in range(5):
        ll+=np.log(v)+r[t]**2/v; v=om+a*r[t]**2+b*v
    return ll
def focal(w):
    p=1/(1+np.exp(-(X@w))); pt=np.where(y==1,p,1-p); return -np.mean((1-pt)**2*np.log(np.clip(pt,1e-7,1)))
def triplet(w):
    E=X@w.reshape(3,1)*np.ones((1,2))+X[:,:2]; D=((E[:,None]-E[None])**2).sum(-1); return np.maximum(0,D[0,1]-D[0,2]+1)+np.maximum(D[3,4]-D[3,5]+.2,0)
def label_smooth(W):
    W=W.reshape(3,4); Z=X@W; Z-=Z.max(axis=1,keepdims=True); L=Z-np.log(np.exp(Z).sum(1))[:,None]; t=np.array([0,1,2,3,1,0]); q=np.full((6,4),.1/4); q[np.arange(6),t]+=.9; return -(q*L).sum()/6
def attention(W):
    W=W.reshape(3,3); Q=X@W; K=X@W.T; S=Q@K.T/np.sqrt(3); S=np.where(np.tril(np.ones((6,6)))>0,S,-1e9); A=np.exp(S-S.max(-1,keepdims=True)); A/=A.sum(-1,keepdims=True); return np.sum((A@X)**2)
def layernorm(x):
    m=x.mean(); s=x.std(); return np.sum(np.tanh((x-m)/(s+1e-5))*np.arange(len(x)))
def batchnorm(w):
    Z=X*w; Z=(Z-Z.mean(0))/np.sqrt(Z.var(0,ddof=1)+1e-3); return (Z**3).sum()
def dice(w):
    p=1/(1+np.exp(-X@w)); return 1-(2*(p*y).sum()+1)/(p.sum()+y.sum()+1)
def conv2d(k):
    k=k.reshape(2,2); I=np.arange(16.).reshape(4,4)/10; out=np.zeros((3,3))
    for i in range(3):
        for j in range(3): out[i,j]=np.sum(I[i:i+2,j:j+2]*k)
    return np.sum(np.maximum(out,0)**2)
def maxpool(x):
    I=np.outer(x,x[::-1]+np.arange(4)); return I.reshape(2,2,2,2).max(axis=(1,3)).sum()**2
def lstm(p):
    W=p.reshape(4,2); h=c=0.
    for t in range(4):
        z=W@np.array([T[t],h]); i,f,o,g=1/(1+np.exp(-z[0])),1/(1+np.exp(-z[1])),1/(1+np.exp(-z[2])),np.tanh(z[3]); c=f*c+i*g; h=o*np.tanh(c)
    return h**2+c
def nbody(p):
    q=p.reshape(3,2); m=np.array([1.,2.,.5]); E=0
    for i in range(3):
        for j in range(i): E-=m[i]*m[j]/np.linalg.norm(q[i]-q[j])
    return E
def verlet(p):
    x,v=p[0],p[1]
    a=-np.sin(x)
    for _ in range(20):
        x=x+v*.1+.5*a*.01; a2=-np.sin(x); v=v+.5*(a+a2)*.1; a=a2
    return x**2+v
def heat(u):
    u=u.copy()
    for _ in range(5): u[1:-1]+=.2*(u[2:]-2*u[1:-1]+u[:-2])
    return np.sum(u**3)
def ising(J):
    s=np.array([1,-1,1,1,-1.]); lg=[]
    for k in range(8):
        c=np.array([1 if k>>b&1 else -1 for b in range(3)]); lg.append(J[0]*c[0]*c[1]+J[1]*c[1]*c[2]+J[2]*c.sum())
    lg=np.array(lg); m=lg.max(); return m+np.log(np.exp(lg-m).sum())
def lj(p):
    r=np.sqrt(((p.reshape(3,2)[:,None,:]-p.reshape(3,2)[None,:,:])**2).sum(-1)+np.eye(3)); i=np.triu_indices(3,1); return 4*np.sum(r[i]**-12.-r[i]**-6)
def relu_phys(p):
    return np.trapezoid(np.abs(np.sin(p[0]*T)-p[1]*T**2),T) if hasattr(np,"trapezoid") else np.trapz(np.abs(np.sin(p[0]*T)-p[1]*T**2),T)
def fft_loss(x): F=np.fft.rfft(x); return np.sum(np.abs(F)**2*np.arange(len(F)))+np.abs(F[1])
def psd(x): F=np.fft.fft(x*np.hanning(len(x))); return np.sum(np.log(np.abs(F)**2+1e-2))
def autocorr(x): x=x-x.mean(); return np.correlate(x,x,"full")[len(x):].sum()/np.sum(x**2)
def ema(x):
    s=x[0]; tot=0
    for v in x[1:]: s=.3*v+.7*s; tot+=s**2
    return tot
def envelope(x): F=np.fft.fft(x); h=np.zeros(len(x)); h[0]=1; h[1:(len(x)+1)//2]=2; return np.sum(np.abs(np.fft.ifft(F*h)))
def bs(p):
    from scipy.stats import norm
    S,K,r,s,t=p; d1=(np.log(S/K)+(r+s**2/2)*t)/(s*np.sqrt(t)); d2=d1-s*np.sqrt(t); return S*norm.cdf(d1)-K*np.exp(-r*t)*norm.cdf(d2)
def binom(p):
    S,s=p; n=6; dt=1/n; u=np.exp(s*np.sqrt(dt)); d=1/u; q=(np.exp(.05*dt)-d)/(u-d); V=np.maximum(S*u**np.arange(n,-1,-1)*d**np.arange(0,n+1)-1.,0)
    for i in range(n): V=np.exp(-.05*dt)*(q*V[:-1]+(1-q)*V[1:])
    return V[0]
def sharpe(w):
    R=X*.1; w=w/np.sum(np.abs(w)); r=R@w; return r.mean()/r.std(ddof=1)
def cvar(w): l=-X@w; return np.mean(np.sort(l)[-2:])
def drawdown(r): v=np.cumprod(1+r*.1); return np.max(np.maximum.accumulate(v)-v)
def markowitz(mu): S=np.cov(X.T)+.1*np.eye(3); z=np.linalg.solve(S,mu); return mu@z/z.sum()
def npv(p): c=np.array([-100.,30,40,50,60]); return np.sum(c/(1+p[0]*.1)**np.arange(5))*p[1]
def kalman(p):
    q,r=np.exp(p); m=0.;P=1.;ll=0.
    for z in [.2,.5,.1,.9]:
        P=P+q; S=P+r; K=P/S; e=z-m; ll+=-.5*(np.log(2*np.pi*S)+e*e/S); m=m+K*e; P=(1-K)*P
    return ll
def gp(p):
    l,s,n=np.exp(p); x=np.linspace(0,1,5); K=s*np.exp(-.5*(x[:,None]-x[None])**2/l**2)+n*np.eye(5); L=np.linalg.cholesky(K); a=np.linalg.solve(L.T,np.linalg.solve(L,np.sin(5*x))); return .5*np.sin(5*x)@a+np.log(np.diag(L)).sum()
def gmm(p):
    mu=p[:2]; ls=p[2:4]; x=np.array([.1,.5,-1.,2.]); l=-.5*((x[:,None]-mu)/np.exp(ls))**2-ls+np.log([.4,.6]); from scipy.special import logsumexp; return -logsumexp(l,axis=1).sum()
def pca(v): A=X+np.outer(np.arange(6.),v); A=A-A.mean(0); s=np.linalg.svd(A,compute_uv=False); return s[0]**2/np.sum(s**2)
def mahal(v): S=np.cov(X,rowvar=False); d=v-X.mean(axis=0); return np.sqrt(d@np.linalg.inv(S)@d)
def poisson(w): eta=X@w; from scipy.special import gammaln; return np.sum(np.exp(eta)-y*eta+gammaln(y+1))
def huber(w): r=X@w-y; return np.where(np.abs(r)<=.5,.5*r**2,.5*(np.abs(r)-.25)).sum()
def quantile(w): r=y-X@w; return np.mean(np.maximum(.3*r,-.7*r))
def elastic(w): return np.sum((y-X@w)**2)+.1*np.linalg.norm(w,1)+.2*np.dot(w,w)
def cox(w):
    t=np.array([3.,1,2,5,4,6]); e=np.array([1,0,1,1,0,1]); o=np.argsort(-t); s=(X@w)[o]; return -np.sum((s-np.log(np.cumsum(np.exp(s))))*e[o])
def hmm(p):
    A=np.exp(p[:4].reshape(2,2)); A/=A.sum(1,keepdims=True); B=np.array([[.9,.1],[.2,.8]]); al=np.array([.5,.5])*B[:,0]
    for o in [1,0,0,1]: al=(al@A)*B[:,o]
    return -np.log(al.sum())
def sinkhorn(c):
    K=np.exp(-np.abs(np.subtract.outer(c,np.arange(4.)))/.5); u=np.ones(len(c))
    for _ in range(20): v=.25/(K.T@u); u=(1/len(c))/(K@v)
    return np.sum(u[:,None]*K*v*np.abs(np.subtract.outer(c,np.arange(4.))))
def spline(y_): 
    n=len(y_); A=np.zeros((n,n)); A[0,0]=A[-1,-1]=1
    for i in range(1,n-1): A[i,i-1]=1;A[i,i]=4;A[i,i+1]=1
    b=np.zeros(n); b[1:-1]=6*(y_[2:]-2*y_[1:-1]+y_[:-2]); return np.sum(np.linalg.solve(A,b)**2)
def rot(p):
    a,b,c=p; R=np.array([[np.cos(a),-np.sin(a),0],[np.sin(a),np.cos(a),0],[0,0,1]])@np.array([[1,0,0],[0,np.cos(b),-np.sin(b)],[0,np.sin(b),np.cos(b)]]); return np.sum((X@R.T-X[::-1]*c)**2)
def bundle(p):
    q=p[:3]; th=np.linalg.norm(q); k=q/th; v=X[0]; return np.sum((v*np.cos(th)+np.cross(k,v)*np.sin(th)+k*np.dot(k,v)*(1-np.cos(th)))**2*np.arange(3))
def newton_sqrt(p):
    x=p[0]
    while np.abs(x*x-p[0])>1e-12: x=.5*(x+p[0]/x)
    return x*p[1]
def fixed(p):
    z=np.zeros(2)
    for k in range(200):
        n=np.tanh(np.array([[.2,.1],[-.3,.2]])@z+p)
        if np.max(np.abs(n-z))<1e-14: break
        z=n
    return np.sum(z**2)
def dct(x): n=len(x); k=np.arange(n); C=np.cos(np.pi/n*(k[:,None]+.5)*k); return np.linalg.norm(x@C,1)
def welford(x):
    m=0.;s=0.
    for i,v in enumerate(x,1): d=v-m; m+=d/i; s+=d*(v-m)
    return np.sqrt(s/(len(x)-1))
def vand(c): V=np.vander(T,len(c)); return np.mean((V@c-np.exp(T))**2)
def histsoft(x): c=np.linspace(-1,2,4); return -np.sum([p*np.log(p) for p in np.exp(-(x[:,None]-c)**2).mean(0)])
def swap(x):
    x=x.copy(); x[[0,2]]=x[[2,0]]; x[1]*=x[0]; x[::2]+=x[1]; return x[0]*x[2]+np.prod(x)
def gather(x): i=np.array([[0,1],[2,0]]); z=np.zeros((2,2)); z[i//2,i%2]=x[i]; return np.sum(np.linalg.matrix_power(np.eye(2)*3+z,2))
def einsum3(x): A=np.outer(x,x)+np.eye(len(x)); return np.einsum('ij,jk,ki->',A,A,A)+np.einsum('...ii->...',np.stack([A,A*2])).sum()
def meshg(p): a,b=np.meshgrid(p[:2],p[2:],indexing='ij'); return np.sum(np.hypot(a,b)*np.arctan2(a,b))
def searchs(p): x=np.array([.1,.7]); g=np.linspace(0,1,4); i=np.searchsorted(g,x)-1; t=(x-g[i])/(g[i+1]-g[i]); return np.sum((p[i]*(1-t)+p[i+1]*t)**2)
def unique(x): v,c=np.unique(np.round([1.,1.,2.]),return_counts=True); return np.sum(x[:2]**2*c)
def tuplek(p): d={"a":p[0],"b":[p[1],p[2]]}; return d["a"]*sum(d["b"])+max(d["b"])*min(p)
def tri(p): L=np.zeros((3,3)); L[np.tril_indices(3)]=p; L[np.diag_indices(3)]=np.exp(np.diag(L)); S=L@L.T; return np.log(np.linalg.det(S))+np.trace(np.linalg.inv(S))
def med(x): return np.median(np.abs(x-np.median(x)))+np.percentile(x,[25,75]).sum()
def ptp(x): return np.ptp(x)*np.mean(x)/(np.std(x)+1e-9)
def corr(x): return np.corrcoef(x,np.arange(len(x))**2)[0,1]
def poly(p): return np.polyval(p,np.roots([1,-3,2])).real.sum()+np.sum(np.convolve(p,p)**2)
def cplx(p): z=p[0]+1j*p[1]; w=z**3-1; return np.abs(w)**2+np.angle(z)+(np.exp(1j*p[2])*z).real
def interp(p): return np.sum(np.interp(T,np.array([0,.3,1.]),p)**2)
def gradn(x): return np.sum(np.gradient(x,.1)**2)
def pad(x): return np.sum(np.convolve(np.pad(x,1,mode="reflect"),[.25,.5,.25],"valid")**2)
def kron(x): A=x.reshape(2,2); return np.linalg.slogdet(np.kron(A,np.eye(2))+5*np.eye(4))[1]
def expm(x): import scipy.linalg; return scipy.linalg.expm(x.reshape(2,2)).sum()
def eig(x): A=x.reshape(2,2); A=A+A.T; w,V=np.linalg.eigh(A); return w[1]-w[0]+np.sum((V@np.diag(np.exp(w))@V.T)**2)
D={"ar1_nll":rng.standard_normal(3),"garch":np.array([-2.,-1.5,-.5]),"label_smooth":rng.standard_normal(12),"attention":rng.standard_normal(9),"layernorm":rng.standard_normal(5),"conv2d":rng.standard_normal(4),"maxpool":P5[:4],"lstm":rng.standard_normal(8),"nbody":rng.standard_normal(6),"verlet":np.array([1.,.2]),"heat":rng.standard_normal(7),"lj":np.array([0.,0,1.1,.2,.3,1.3]),"relu_phys":np.array([2.1,.7]),"fft_loss":rng.standard_normal(8),"psd":rng.standard_normal(8),"autocorr":rng.standard_normal(6),"ema":rng.standard_normal(6),"envelope":rng.standard_normal(7),"bs":np.array([1.1,1.,.05,.2,.7]),"binom":np.array([1.05,.3]),"drawdown":rng.standard_normal(6),"npv":np.array([.5,1.]),"kalman":np.array([-.5,-.7]),"gp":np.array([-1.,0.,-2]),"gmm":rng.standard_normal(4),"hmm":rng.standard_normal(4),"sinkhorn":np.array([.2,1.7,2.4]),"spline":rng.standard_normal(6),"newton_sqrt":np.array([2.3,1.1]),"fixed":np.array([.3,-.2]),"dct":rng.standard_normal(5),"welford":rng.standard_normal(5),"vand":rng.standard_normal(4),"histsoft":rng.standard_normal(5),"swap":P5[:4],"einsum3":P5[:3],"meshg":P5[:4],"searchs":P5[:4],"tri":rng.standard_normal(6),"med":rng.standard_normal(7),"ptp":P5,"corr":rng.standard_normal(6),"poly":rng.standard_normal(4),"gradn":rng.standard_normal(5),"pad":rng.standard_normal(5),"kron":rng.standard_normal(4),"expm":rng.standard_normal(4),"eig":rng.standard_normal(4),"ising":rng.standard_normal(3)}


def view_chain(x):
    y=x.copy(); a=y[::2]; b=a[1:]; b*=3; a[0]=y[1]*y[3]; return np.sum(y**2)+a@a
def reshape_view(x):
    y=(x*1).reshape(2,2); z=y.T; z[0]+=y[1]; y[:,1]*=z[1,0]; return y.sum()*z[0,1]
def ravel_write(x):
    A=np.outer(x,x); r=A.ravel(); r[::5]=x**3; return np.trace(A)+np.sum(A[0]**2)
def alias(x):
    a=b=x*2; a+=1; return np.sum(b*x)
def aug_list(x):
    l=[]; l+=[x[0]**2]; l.extend(x[1:]); l.insert(0,x[2]*x[3]); l[1]*=2; l.pop(); return np.prod(l)
def mask_assign(x):
    y=np.sin(x); y[y<0]=x[y<0]**2; y[(x>0)&(x<1)]*=2; return y.sum()*y[0]
def mask_bc(x):
    A=np.outer(x,x+1); A[A<0]=0; A[:,x>0]+=x[:,None]; return np.sum(A**2)
def addat(x):
    h=np.zeros(3); np.add.at(h,[0,1,1,2],x**2); np.subtract.at(h,[0,0],x[:2]); return h@np.array([1,2,3.])*h[1]
def outk(x):
    b=np.empty(4); np.multiply(x,x,out=b); np.add(b,1,out=b); np.exp(b*.1,b); np.sqrt(b,out=b,where=x>0); return b.sum()
def inplace_sort(x):
    y=x.copy(); y.sort(); y[::-1].sort(); return y@np.arange(4.)
def fill(x):
    y=np.empty_like(x); y.fill(x[1]); y[2:]=x[:2]; return np.sum(y*x)
def copyto(x):
    y=np.zeros(4); np.copyto(y,x,where=x>0); np.put(y,[1],x[0]*x[1]); return np.sum(y**2)
def nonloc(x):
    t=0.
    def add(v):
        nonlocal t; t=t+v*v*t+v
    for v in x: add(v)
    return t
class Net:
    def __init__(s,n): s.n=n; s.cache={}; s.hist=[]
    @property
    def k(s): return 2.*s.n
    @staticmethod
    def act(z): return np.tanh(z)
    @classmethod
    def make(c): return c(3)
    def __call__(s,x):
        s.cache['z']=M4@x; s.hist.append(s.cache['z'].sum()); return s.k*s.act(s.cache['z'])@x+s.hist[-1]
def obj(x): return Net.make()(x)
def rec(x): return x[0] if len(x)==1 else x[0]*np.exp(-rec(x[1:])*.2)+rec(x[:-1])
def tryex(x):
    try: return np.sum(np.linalg.cholesky(np.outer(x,x)-np.eye(4)*2))
    except np.linalg.LinAlgError: return np.sum(x**3)
def red(x): return functools.reduce(lambda a,b: a*b+1,x)
def accum(x): return sum(itertools.accumulate(x,lambda a,b:a*.5+b*b))
def prods(x): return sum(a*b for a,b in itertools.product(x,x[:2]))+sum(a*b*c for a,b,c in itertools.combinations(x,3))
def mapf(x): return sum(map(operator.mul,x,x[1:]))+sum(filter(lambda v:v>0,x))
def sortk(x): s=sorted(x,key=lambda v:-abs(v)); return s[0]*s[1]-s[2]**2+max(x,key=abs)+min(s)
def deq(x):
    d=collections.deque(maxlen=2); t=0
    for v in x: d.append(v); t+=sum(d)**2
    return t
def vect(x): return np.sum(np.vectorize(lambda v: v**2 if v>0 else -v)(x))
def aal(x): return np.apply_along_axis(lambda r: r@r/r.sum(),1,np.outer(x,x)+np.arange(16.).reshape(4,4)).sum()
def ix(x): A=np.outer(x,x**2); return A[np.ix_([0,2],[1,3])].sum()+A[[0,1],:][:,[2,2]].prod()
def rc(x): return np.linalg.norm(np.r_[x,x[::-1]**2,0]@np.c_[np.arange(9.),np.ones(9)])
def mgrid(x): g=np.mgrid[0:2,0:2]; return np.sum((g[0]*x[0]+g[1]*x[1])**2*np.exp(x[2]))
def powx(x): y=np.abs(x); return np.sum(y**y)+np.sum(x**np.array([2,3,1,0]))+np.sum(2.**x)+np.power(x,3)[0]
def negpow(x): return np.sum(x**-2.)+np.sum(1/x**3)+np.float_power(x,2).sum()
def modf(x): return np.sum(np.mod(x,.6)**2)+np.sum((x%1.)*x)+np.sum(np.floor(x)*x)+np.fmod(x,.5)@x
def divm(x): q,r=np.divmod(x,.9); return np.sum(q*r**2)
def clipn(x): return np.sum(np.clip(x,None,.5)**2)+np.sum(x.clip(0))+np.sum(np.clip(x,-x**2,x**2))
def redu(x): A=np.outer(x,x); return np.logaddexp.reduce(x)+np.maximum.reduce(A,axis=1)@x+np.multiply.reduce(A,axis=None)*.01+np.add.reduceat(x,[0,2])@np.array([1,2.])
def diffn(x): return np.sum(np.diff(x,n=2)**2)+np.sum(np.diff(np.outer(x,x),axis=0,prepend=0)**3)
def grad2(x): a,b=np.gradient(np.outer(x,x**2)); return np.sum(a*b)
def conv(x): return sum(np.sum(np.convolve(x,x[:2],m)**2) for m in("full","same","valid"))+np.sum(np.correlate(x,x[1:3],"same")**3)
def fft2(x): F=np.fft.fft2(np.outer(x,x+1)); return np.sum(np.abs(np.fft.fftshift(F))**2*np.arange(4))+np.fft.ifft2(F*F).real[0,1]
def rfftn(x): return np.sum(np.abs(np.fft.rfft(x,n=6,norm="ortho"))**3)+np.sum(np.fft.irfft(np.fft.rfft(x)*np.array([1,2,3j]),n=4)**2)
def hfft(x): return np.sum(np.fft.fft(x*np.exp(1j*x))[1:3].imag**2)
def eigv(x): return np.sum(np.abs(np.linalg.eigvals(np.diag(x)+M4*.3))**2)
def condn(x): return np.linalg.cond(np.diag(x)+M4)+np.linalg.norm(np.linalg.pinv(np.outer(x,x)[:, :2]+M4[:,:2]),2)
def lst(x): s,r,k,v=np.linalg.lstsq(M4[:,:2]*x[0],x,rcond=None); return s.sum()+r[0]
def tinv(x): return np.linalg.tensorsolve((np.diag(x)+M4).reshape(2,2,2,2),x.reshape(2,2)).sum()
def mdot(x): return np.linalg.multi_dot([x[None],M4,M4*x,x[:,None]])[0,0]
def tdot(x): A=np.outer(x,x).reshape(2,2,2,2); return np.tensordot(A,A,axes=([1,3],[0,2])).sum()+np.einsum('abcd,bd->ac',A,A[0,:,:,1]).prod()
def choose(x): i=np.array([0,1,1,0]); return np.sum(np.choose(i,[x,x**2]))+np.compress(x>0,x).prod()+np.extract(x<1,x).sum()**2
def digit(x): b=np.digitize(x,[-1,0,1]); return np.sum(np.bincount(b,weights=x**2,minlength=5)*np.arange(5))
def rollf(x): return np.sum(np.roll(np.outer(x,x),(1,-1),(0,1))*M4)+np.rot90(np.outer(x,x**2))[0]@x
def tile(x): return np.sum(np.tile(x,(2,1))*np.repeat(x,2).reshape(2,4))+np.block([[np.outer(x,x),x[:,None]],[x[None],np.ones((1,1))]])[4]@np.arange(5.)
def pads(x): return sum(np.sum(np.pad(x,2,mode=m)**2*np.arange(8)) for m in("edge","wrap","reflect","symmetric"))+np.pad(np.outer(x,x),((1,0),(0,2)),constant_values=2.).prod(1).sum()
def swv(x): return np.sum(np.lib.stride_tricks.sliding_window_view(x,2).max(1)**2)
def moveax(x): A=np.outer(x,x).reshape(2,2,4); return np.sum(np.moveaxis(A,-1,0)[1]*np.swapaxes(A,0,1)[:,:,2])+A.transpose(2,0,1).squeeze()[0,1,1]
def cpx(x): z=x[:2]+1j*x[2:]; return np.abs(z.conj()@z)+np.angle(z[0])*z[1].imag+np.real(np.sqrt(z)).sum()+np.abs(np.log(z)).sum()
def trapx(x): xs=np.cumsum(np.exp(x)); return np.trapezoid(np.sin(xs),xs) if hasattr(np,"trapezoid") else np.trapz(np.sin(xs),xs)
def polyf(x): c=np.polyfit(np.arange(4.),x,2); return np.polyval(np.polyder(c),.3)**2+c[0]
def quant(x): return np.quantile(x,[.1,.6]).prod()+np.median(np.outer(x,x),axis=0).sum()
def argmx(x): i=np.argmax(x); return x[i]**2*x[np.argsort(x)[1]]+x[np.argmin(np.abs(x))]
def partn(x): return np.partition(x,1)[:2].sum()**2+np.sort(x)[::-1]@np.arange(4.)
def lex(x): o=np.lexsort((x,[1,0,1,0])); return x[o]@np.arange(1.,5)
def f32(x): return np.sum(x.astype(np.float64)**2*np.float32(2))
def ufuncat(x): y=x.copy(); np.multiply.at(y,[0,0,2],2.); np.maximum.at(y,[1],x[0]); return np.sum(y**2)
def where3(x): i=np.where(x>0)[0]; j=np.nonzero(x<0); y=np.zeros(4); y[i]=x[i]**2; y[j]=-x[j]; return np.sum(y*np.arange(4))+np.argwhere(x>0).sum()
def condl(x):
    a=x[0]
    while a<10:
        a=a*1.5+x[1]**2
        if a>6 and x[2]>0: break
    else: a=a-x[3]
    return a*x[3] if a>x[0] else a
def dictc(x): d={i:v**2 for i,v in enumerate(x)}; d.update({5:x[0]}); return sum(d.values())*d[2]+sum(v for k,v in d.items() if k%2)
def strf(x): s=f"{3:.2f}"; return float(s)*np.sum(x)+len(f"{x.shape}")*x[0]
def gen(x):
    def g():
        for i,v in enumerate(x):
            if i%2: yield v*i
    return sum(g())+np.sum(np.fromiter((v**2 for v in x),float))
def star(x): a,*b,c=x; return a*c+np.sum(b)**2
def cumx(x): A=np.outer(x,x); return np.sum(np.cumsum(A,axis=0)*np.cumprod(A+2,axis=1))+np.maximum.accumulate(x)@x
def hyper(x): return np.sum(np.arcsinh(x)+np.arctanh(x/3)+np.log1p(x**2)*np.expm1(x)+np.sinc(x)+np.exp2(x)+np.cbrt(x))+np.hypot(x[0],x[1])+np.arctan2(x[2],x[3])+np.logaddexp2(x[0],x[1])
def normax(x): A=np.outer(x,x+2); return np.linalg.norm(A,axis=0).sum()+np.linalg.norm(A,1)+np.linalg.norm(A,np.inf)+np.linalg.norm(A,'nuc')+np.linalg.norm(x,3)
def aver(x): return np.average(x,weights=x**2)+np.average(np.outer(x,x),axis=1,weights=np.arange(4.)).prod()+np.var(x,ddof=1)*np.std(np.outer(x,x),axis=0).sum()
def interp2(x): xp=np.sort(x); return np.sum(np.interp([0.,.5,1.],xp,x**2))
def delins(x): return np.sum(np.delete(x,1)**2)*np.insert(x,2,x[0]*x[1])[2:4].sum()+np.append(x,x[0])[4]
def splits(x): a,b=np.split(x,2); c=np.array_split(x,3); return a@b+sum(s.sum()**2 for s in c)+np.hsplit(np.outer(x,x),2)[1].prod()
def memo(x):
    c={}
    def f(i):
        if i in c: return c[i]
        c[i]=x[i]+(f(i-1)*f(i-2) if i>1 else 0); return c[i]
    return f(3)
def triu(x): A=np.outer(x,x**2); return A[np.triu_indices(4,1)].sum()**2+np.tril(A,-1).sum()+np.diag(A,1).prod()+np.trace(A,offset=-1)
def fdiag(x): A=np.outer(x,x); np.fill_diagonal(A,x**3); A[np.diag_indices(4)]+=1; return np.linalg.det(A+5*np.eye(4))
def heav(x): return np.sum(np.heaviside(x,.5)*x**2+np.sign(x)*x+np.abs(x)**1.5+np.copysign(x**2,-x)+np.fmax(x,0)+np.fmin(x**2,1.))
def bcast(x): return np.sum(np.broadcast_to(x,(3,4))*np.arange(12.).reshape(3,4))+np.sum(np.add.outer(x,x)**2)+np.sum(np.expand_dims(x,1)*x)
def stk(x): return np.stack([x,x**2],axis=1).prod()+np.vstack((x,x)).sum(0)@x+np.dstack([x,x])[0,1].sum()+np.column_stack([x,x**3])[2]@[1,2]
def oddslice(x): return x[-1:-4:-2]@x[:2]+x[...,-1]*x[None,:,None][0,1,0]+x[np.newaxis].T[2,0]+x[[True,False,True,False]].sum()**2+x[np.array([-1,0])].prod()
def neg0(x): return np.prod(x-x[0])+np.prod(np.array([x[0]-x[0],x[1],x[2]]))+np.cumprod(x*0+np.array([0.,1,2,3])+x-x)[2]


POINTS={**{f: D.get(f.__name__,w0) for f in (ar1_nll,garch,focal,triplet,label_smooth,attention,layernorm,batchnorm,dice,conv2d,maxpool,lstm,nbody,verlet,heat,ising,lj,relu_phys,fft_loss,psd,autocorr,ema,envelope,bs,binom,sharpe,cvar,drawdown,markowitz,npv,kalman,gp,gmm,pca,mahal,poisson,huber,quantile,elastic,cox,hmm,sinkhorn,spline,rot,bundle,newton_sqrt,fixed,dct,welford,vand,histsoft,swap,gather,einsum3,meshg,searchs,unique,tuplek,tri,med,ptp,corr,poly,cplx,interp,gradn,pad,kron,expm,eig)}, **dict.fromkeys((view_chain,reshape_view,ravel_write,alias,aug_list,mask_assign,mask_bc,addat,outk,inplace_sort,fill,copyto,nonloc,obj,rec,tryex,red,accum,prods,mapf,sortk,deq,vect,aal,ix,rc,mgrid,powx,negpow,modf,divm,clipn,redu,diffn,grad2,conv,fft2,rfftn,hfft,eigv,condn,lst,tinv,mdot,tdot,choose,digit,rollf,tile,pads,swv,moveax,cpx,trapx,polyf,quant,argmx,partn,lex,f32,ufuncat,where3,condl,dictc,strf,gen,star,cumx,hyper,normax,aver,interp2,delins,splits,memo,triu,fdiag,heav,bcast,stk,oddslice,neg0),np.array([.7,-1.3,.4,2.1]))}
"""Each function with the point at which it is tried."""
