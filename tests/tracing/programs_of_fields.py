# ruff: noqa
# fmt: off
"""Short programs as people of different fields write them: a sample of those that were tried. Read by `test_programs_of_fields`."""

import contextlib, functools, itertools, math, dataclasses, collections, heapq, operator, random, copy
import numpy as np, scipy, scipy.special as sc, scipy.linalg as sl, scipy.optimize as so, scipy.signal as ss, scipy.stats as st, scipy.integrate as si, scipy.interpolate as sip, scipy.ndimage as nd, scipy.sparse as sp, scipy.spatial as spa
X=np.random.default_rng(7).standard_normal((8,4)); yv=np.random.default_rng(8).random(8)
IMG=np.random.default_rng(9).random((6,6))
def em_(x):
    mu=x[:2]; s=np.exp(x[2:]); r=np.stack([np.exp(-.5*((yv-m)/t)**2)/t for m,t in zip(mu,s)],1); r=r/r.sum(1,keepdims=True)
    mu2=(r*yv[:,None]).sum(0)/r.sum(0); return np.sum(mu2**2)+np.log(r).sum()
def boot_(x):
    rng=np.random.default_rng(3); idx=rng.integers(0,4,size=(5,4)); return np.var(x[idx].mean(axis=1))*10
def mc_(x):
    rng=np.random.default_rng(0); z=rng.normal(size=(50,)); S=np.exp(x[0]+np.abs(x[1])*z); return np.mean(np.maximum(S-x[2],0))+x[3]**2
def rk4_(x):
    f=lambda s,t: np.array([s[1],-x[2]*np.sin(s[0])-x[3]*s[1]]); s=np.array([x[0],x[1]]); h=.1
    for k in range(10):
        t=k*h; a=f(s,t); b=f(s+h/2*a,t+h/2); c=f(s+h/2*b,t+h/2); d=f(s+h*c,t+h); s=s+h/6*(a+2*b+2*c+d)
    return s@s
def inplace_rk_(x):
    s=np.zeros((5,2)); s[0]=x[:2]
    for k in range(4):
        s[k+1]=s[k]; s[k+1,0]+=.1*s[k,1]; s[k+1,1]-=.1*x[2]*s[k,0]**3
    return np.sum(s[:,0]**2)+s[-1,1]*x[3]
def sobel_(x):
    K=np.outer(x[:3],x[1:]); out=np.zeros((4,4))
    for i in range(4):
        for j in range(4): out[i,j]=np.sum(K*IMG[i:i+3,j:j+3])
    return np.sqrt((out**2).sum())+np.abs(out).max()
def median_filter_(x):
    y=np.pad(x,1,mode='edge'); return sum(np.median(y[i:i+3])**2 for i in range(4))
def lfilter_(x): return np.sum(ss.lfilter([1.,.5],[1.,-.3],x)**2)
def npv_(x):
    cf=np.array([-100.,30,40,50,20]); r=x[0]*.01+.05; return sum(c/(1+r)**k for k,c in enumerate(cf))+x[1:]@x[1:]
def irr_(x):
    r=.1
    while True:
        f=sum(c*(1+r)**-k for k,c in enumerate([-10+x[0],5,5,x[1]+3])); df=sum(-k*c*(1+r)**(-k-1) for k,c in enumerate([-10+x[0],5,5,x[1]+3])); d=f/df; r=r-d
        if abs(d)<1e-14: break
    return r**2+x[2]*r
def lqr_(x):
    A=np.array([[1.,.1],[0.,1.]])+.01*x[:4].reshape(2,2); B=np.array([[0.],[.1]]); P=np.eye(2)
    for _ in range(20): K=np.linalg.solve(np.eye(1)+B.T@P@B,B.T@P@A); P=np.eye(2)+A.T@P@(A-B@K)
    return np.trace(P)
def pid_(x):
    y=0.;i=0.;pe=1.;c=0.
    for _ in range(15):
        e=1-y; i+=e*.1; u=x[0]*e+x[1]*i+x[2]*(e-pe)/.1*.01; pe=e; y+=.1*(-y+u); c+=e*e
    return c+x[3]**2
class Layer:
    def __init__(s,W,act=np.tanh): s.W=W; s.act=act; s.cache=None
    def __call__(s,h): s.cache=h; return s.act(h@s.W)
    @property
    def reg(s): return np.sum(s.W**2)
    @staticmethod
    def scale(v): return v*.5
    @classmethod
    def make(cls,W): return cls(W)
def class_(x):
    L=[Layer.make(x.reshape(4,1)*np.ones((1,3))),Layer(np.ones((3,2))*x[0],act=lambda v: np.maximum(v,.1*v))]; h=X
    for l in L: h=l(h)
    return np.mean(h**2)+sum(l.reg for l in L)+Layer.scale(L[1].cache).sum()
class Adam:
    def __init__(s): s.m=0; s.v=0; s.t=0
    def step(s,w,g): s.t+=1; s.m=.9*s.m+.1*g; s.v=.99*s.v+.01*g**2; return w-.1*(s.m/(1-.9**s.t))/(np.sqrt(s.v/(1-.99**s.t))+1e-8)
def adam_(x):
    o=Adam(); w=x.copy()
    for _ in range(4): w=o.step(w,2*(w-1)+X[0])
    return w@w
@dataclasses.dataclass
class State:
    pos: np.ndarray
    vel: np.ndarray
    t: float = 0.0
    def energy(self): return .5*self.vel@self.vel+.5*self.pos@self.pos
@dataclasses.dataclass(frozen=True)
class Params:
    k: float; c: float = .1
    def with_k(self,k): return dataclasses.replace(self,k=k)
def data_(x):
    s=State(x[:2],x[2:]); q=Params(2.).with_k(x[0])
    for _ in range(5): s=dataclasses.replace(s,pos=s.pos+.1*s.vel,vel=s.vel-.1*q.k*s.pos-q.c*s.vel,t=s.t+.1)
    return s.energy()*s.t
def gen_(x):
    def walk():
        a=0.
        for v in x:
            a=a+v; r=yield a
    return sum(v**2 for v in walk())+sum(map(lambda a,b: a*b,x,x[1:]))+functools.reduce(operator.mul,x)+sum(itertools.accumulate(x,lambda a,b: a*b+1))
def dp_(x):
    n=4; D=np.full((n+1,n+1),np.inf); D[0,0]=0
    for i in range(n):
        for j in range(n): D[i+1,j+1]=(x[i]-yv[j])**2+min(D[i,j],D[i,j+1],D[i+1,j])
    return D[n,n]
def softdtw_(x):
    n=4; R={}; R[0,0]=0.
    for i in range(n+1):
        for j in range(n+1):
            if i==0 or j==0: R[i,j]=0. if i==j==0 else 1e3; continue
            z=-np.array([R[i-1,j-1],R[i-1,j],R[i,j-1]]); m=z.max(); R[i,j]=(x[i-1]-yv[j-1])**2-(m+np.log(np.sum(np.exp(z-m))))
    return R[n,n]
def dijkstra_(x):
    w=np.exp(x); G={0:[(1,w[0]),(2,w[1])],1:[(3,w[2])],2:[(3,w[3])],3:[]}; d={0:0.}; q=[(0.,0)]
    while q:
        du,u=heapq.heappop(q)
        for v,c in G[u]:
            if v not in d or du+c<d[v]: d[v]=du+c; heapq.heappush(q,(d[v],v))
    return d[3]**2
def pagerank_(x):
    A=np.exp(x.reshape(2,2)); P=A/A.sum(0); v=np.ones(2)/2; k=0
    while k<200:
        n=.85*P@v+.15/2
        if np.linalg.norm(n-v)<1e-14: break
        v=n; k+=1
    return v[0]*np.log(v[1])
def floyd_(x):
    D=np.abs(np.subtract.outer(x,yv[:4]))+.1
    for k in range(4): D=np.minimum(D,D[:,[k]]+D[[k],:])
    return D.sum()
def laplacian_(x):
    W=np.exp(-np.subtract.outer(x,x)**2); np.fill_diagonal(W,0); L=np.diag(W.sum(1))-W; return np.linalg.eigvalsh(L)[1]+np.linalg.slogdet(L+np.ones((4,4))/4)[1]
def fib_(x):
    @functools.lru_cache(None)
    def f(n): return x[n] if n<2 else f(n-1)*x[2]+f(n-2)*x[3]
    return f(8)
def tree_(x):
    def t(lo,hi): return x[lo] if hi-lo==1 else np.tanh(t(lo,(lo+hi)//2))*t((lo+hi)//2,hi)+x[lo]
    return t(0,4)
def closure_list_(x):
    hist=[]; 
    def rec(v): hist.append(v); return v*2
    a=[rec(v) for v in x]; return sum(hist)*sum(a)+hist[-1]**3+np.prod(hist)
def nonlocal_(x):
    tot=0.
    def add(v):
        nonlocal tot; tot+=v*v; return tot
    return sum(add(v) for v in x)
_CACHE={}
def globalcache_(x):
    k='a'
    if k not in _CACHE: _CACHE[k]=np.linalg.inv(X.T@X)
    return x@_CACHE[k]@x
def try_(x):
    try:
        L=np.linalg.cholesky(np.outer(x,x)-np.eye(4)); return L.sum()
    except np.linalg.LinAlgError:
        return np.sum(x**2)
    finally: pass
def ctx_(x):
    with np.errstate(all='ignore'), contextlib.suppress(ZeroDivisionError):
        y=np.log(np.where(x>0,x,1.)); return np.sum(y**2)+np.sum(np.where(x>0,x,0)**3)
def fstr_(x): s=f"{x[0]:.2f} {x!r} {x.shape}"; return np.sum(x**2)*len(s.split()[0])
def apply_(x): A=np.outer(x,yv[:4]); return np.apply_along_axis(lambda r: r.sum()*r[0],1,A).sum()+np.apply_along_axis(np.cumsum,0,A).prod()**.1
def at_(x): A=np.zeros(3); np.add.at(A,[0,1,0,2],x**2); np.multiply.at(A,[0,0],x[:2]); np.maximum.at(A,[1],x[0]); return A@A
def bin_(x): return np.sum(np.bincount([0,2,2,1],weights=x**2,minlength=5)**2)
def hist_(x): h,e=np.histogram(yv,bins=3,weights=np.tile(x,2)**2); return np.sum(h**2)
def interp_(x): return np.sum(np.interp(yv,np.sort(x),np.arange(4.)**2))+np.sum(np.interp(x,[-3.,0.,1.,3.],yv[:4])**2)
def search_(x): s=np.sort(yv); i=np.searchsorted(s,x); return np.sum(x*i)+np.sum(np.digitize(x,s)*x**2)
def cplx_(x):
    z=x[:2]+1j*x[2:]; w=np.exp(z*1j)*np.conj(z); return np.abs(w).sum()+np.angle(z).sum()+(z**3).real.sum()+np.real(np.vdot(z,w))+abs(z[0]*z[1])+np.roots([1.,2.,5.]).imag.sum()+np.sqrt(z+3).imag.sum()+np.log(z+3j).real.sum()
def mandel_(x):
    z=0j; c=complex(x[0]*.1,x[1]*.1)
    for _ in range(5): z=z*z+c
    return z.real**2+z.imag+abs(z)
def mask_(x):
    y=x.copy(); m=y>0; y[m]**=2; y[~m]=-y[~m]; y[(y>1)&(y<3)]*=.5; z=np.zeros_like(y); z[::2]=y[1::2]; z[1::2]+=y[:2]; return y@z+np.count_nonzero(m)*x[0]+x[m].sum()**2+np.extract(m,x).sum()+np.compress(m,x).prod()
def swap_(x):
    y=x.copy(); y[0],y[1]=y[1],y[0]; y[[2,3]]=y[[3,2]]; a=y[1:]; a*=2; y[:2],y[2:]=y[2:].copy(),y[:2].copy(); return y@np.arange(1.,5)*y[0]
def bubble_(x):
    y=list(x); n=4
    for i in range(n):
        for j in range(n-1-i):
            if y[j]>y[j+1]: y[j],y[j+1]=y[j+1],y[j]
    return sum((k+1)*v**2 for k,v in enumerate(y))+sorted(x)[1]*max(x)+min(x,key=lambda v: v**2)
def cum_(x): return np.cumsum(x)@np.cumprod(x)+np.maximum.accumulate(x).sum()*np.minimum.accumulate(x)[-1]+np.diff(x,n=2).prod()+np.trapezoid(x,dx=.5) if hasattr(np,'trapezoid') else 0
def partial_(x): f=functools.partial(lambda a,b,c=1.: a*b**c,b=x[0]**2+1,c=2.); return f(x[1])+functools.partial(np.sum,axis=0)(np.outer(x,x))@x+functools.partial(np.clip,a_min=0.)(x,a_max=1.).sum()
def dict_(x):
    d=collections.defaultdict(float); 
    for k,v in zip('abab',x): d[k]+=v*v
    c=collections.OrderedDict(d); c.update(a=c['a']*2); return math.prod(c.values())+sum({**d,'z':x[0]}.values())+max(d.items(),key=lambda t: t[1])[1]
def named_(x): P=collections.namedtuple('P','a b'); p=P(x[:2],x[2:])._replace(a=x[1:3]**2); return p.a@p.b+sum(p).prod()
def deque_(x):
    q=collections.deque(x,maxlen=3); q.append(x[0]*x[1]); q.rotate(1); return q[0]*q[-1]+sum(q)**2
def match_(x):
    s=0.
    for v in x:
        match (v>0, v>1):
            case (True, True): s+=v**3
            case (True, _): s+=v
            case _: s-=v**2
    return s
def walrus_(x): return sum(y*y for v in x if (y:=np.sin(v))>-.5)+(s:=x.sum())*s
def star_(x): a,*b=x; return np.hypot(*x[:2])+sum(a*v for v in b)+np.stack([*b,a]).prod()+(lambda *a,**k: a[0]*k['z'])(*x,z=x[2])
def alias_(x):
    y=x; z=y*1; z+=1; w=z; w*=2; return z@x+np.asarray(w)@y
def default_(x,acc=[]): 
    a=list(acc); a.append(x[0]); return sum(a)*x[1]+x[2:]@x[2:]
def while_(x):
    a,b=abs(x[0])+1,abs(x[1])+.5
    while abs(a-b)>1e-13: a,b=(a+b)/2,np.sqrt(a*b)
    return a*x[2]
def logistic_(x):
    r=3+np.tanh(x[0])*.5; v=.3
    for _ in range(20): v=r*v*(1-v)
    return v
def rnn_(x):
    h=np.zeros(3); out=[]
    for t in range(6): h=np.tanh(h*x[0]+yv[t]*x[1:]); out.append(h)
    return np.array(out).mean(0)@x[1:]+np.concatenate(out)[::3].sum()
def conv_net_(x):
    k=x.reshape(2,2); w=np.lib.stride_tricks.sliding_window_view(IMG,(2,2)); c=np.einsum('ijkl,kl->ij',w,k); c=np.where(c>0,c,0); p=c[:4,:4].reshape(2,2,2,2).max(axis=(1,3)); return np.log(np.exp(p).sum())
def kmeans_(x):
    c=x.copy(); 
    for _ in range(3):
        l=np.argmin((yv[:,None]-c[None])**2,1); c=np.array([yv[l==k].mean()*.5+.5*c[k] if np.any(l==k) else c[k] for k in range(4)])
    return c@c
def gp_(x):
    D=np.subtract.outer(yv,yv)**2; K=np.exp(2*x[0])*np.exp(-D/np.exp(x[1]))+np.exp(x[2])*np.eye(8); L=np.linalg.cholesky(K); a=sl.cho_solve((L,True),X[:,0]-x[3]); return .5*(X[:,0]-x[3])@a+np.log(np.diag(L)).sum()
def ising_(x): return np.logaddexp.reduce(x)+np.logaddexp.accumulate(x).sum()+np.multiply.reduce(x)+np.add.reduceat(x,[0,2])@[1,2]+np.subtract.outer(x,x).max()
def cov_(x): A=np.outer(x,yv[:4])+X[:4]; return np.cov(A).sum()+np.corrcoef(A)[0,1]+np.cov(x,yv[:4])[0,1]+np.ptp(A)+np.nanmean(np.where(A>0,A,np.nan))+np.nanstd(A)+np.nanmax(A)
def tensor_(x): A=x.reshape(2,2); return np.tensordot(A,A,axes=([1],[0])).sum()+np.kron(A,A).sum()+np.vander(x,3).sum()+np.tril(np.outer(x,x)).sum()+np.rot90(A)[0,1]**2+np.flip(x)[0]*np.roll(x,1)[0]+np.tile(x,2)[5]**2+np.repeat(x,[1,2,0,1]).sum()**2+np.meshgrid(x,x)[0].prod()+np.block([[A,A],[A,A]])[3,2]**2+np.insert(x,1,5.).prod()+np.pad(x,2,mode='reflect')[0]**3+np.choose([0,1,0,1],[x,x**2]).sum()+np.select([x>1,x>0],[x**2,x],-x).sum()+np.piecewise(x,[x<0,x>=0],[lambda v: v**2,lambda v: v]).sum()
def spacing_(x): return np.sum(np.gradient(x,np.array([0.,1,3,4]))**2)+np.sum(np.correlate(x,yv,'valid')**2)
def samples_(x): a=np.abs(x)+.5; return st.skew(x)+st.kurtosis(x,fisher=False)+st.moment(x,3)+st.gmean(a)*st.hmean(a)+st.sem(x)+st.variation(a)+st.entropy(a)+st.entropy(a,yv[:4])+st.skew(np.outer(x,x+1),1).sum()
def transforms_(x): return np.abs(scipy.fft.fft(x))@np.arange(4.)+scipy.fft.dct(x,norm='ortho')[1]**2+scipy.fft.irfft(scipy.fft.rfft(x)**2)[0]
def distances_(x): return spa.distance.euclidean(x,yv[:4])+spa.distance.cosine(x,yv[:4])+spa.distance.cityblock(x,yv[:4])+spa.distance.sqeuclidean(x,x[::-1])
def boxcox_(x): a=np.abs(x)+.5; return np.sum(sc.huber(1.,x)+sc.pseudo_huber(1.,x)+sc.boxcox(a,.3)**2+sc.inv_boxcox(a,.3)+sc.boxcox(a,0.))
PROGRAMS={k[:-1]:f for k,f in list(globals().items()) if k.endswith('_') and not k.startswith('_') and callable(f)}
