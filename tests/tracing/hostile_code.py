# ruff: noqa
# fmt: off
"""Classes, control flow, errors that are caught, linear algebra at ties: functions as people write them, each with the point where it is tried. Read by `test_hostile`."""

import collections, contextlib, copy, dataclasses, enum, functools, itertools, math, operator, types, typing
import numpy as np
import scipy.linalg as sla
from scipy import special

from tests.tracing.registry import h, x6


class Base:
    k=2.
    def __init__(self,s): self.s=s
    def scale(self,x): return x*self.s
    @classmethod
    def make(cls,s): return cls(s)
    @staticmethod
    def sq(x): return np.array([v*v for v in x])
    def __call__(self,x): return np.sum(self.scale(self.sq(x)))*self.k
class Derived(Base):
    def scale(self,x): return super().scale(x)+np.array([float(x[0])]*6)
    @property
    def two(self): return self.s
    @functools.cached_property
    def cp(self): return self.s**2
    def __add__(self,o): return Derived(self.s+o)
    def __getitem__(self,i): return self.s[i]
    def __len__(self): return 6
    def __iter__(self): return iter([self.s]*2)
    def __enter__(self): return self
    def __exit__(self,*a): return False
@h()
def cls1(x): return Derived(2.)(x)
@h()
def cls2(x): return Derived.make(3.)(x)+Base.sq(x)[0]
@h()
def cls3(x):
    d=Derived(x); return np.sum(d.two*d.cp)+d[1]+len(d)
@h()
def cls4(x):
    d=Derived(x[0])+x[1]
    with d as e: return e.s**2+sum(e)
obj=Derived(1.5)
@h()
def cls5(x): return obj(x)
@h()
def cls6(x):
    obj.last=1.0; o=copy.copy(obj); o.s=x[0]; return o(x)
@h()
def cls7(x):
    class Loc(Base):
        def scale(self,x): return super().scale(x)*math.exp(x[0])
    return Loc(2.)(x)
class Slots:
    __slots__=('a','b')
    def __init__(self,a,b): self.a=a; self.b=b
    def f(self): return np.array([self.a,self.b]).sum()**2
@h()
def slots(x): return Slots(x[0],x[1]).f()
SL=Slots(1.,2.)
@h()
def slots2(x): return Slots(SL.a*x[0],x[1]).f()*SL.f()
class P(typing.NamedTuple):
    a: typing.Any
    b: float=2.
    def f(self): return np.array([self.a[0],self.b])@np.ones(2)
@h()
def ntup(x): return P(x).f()**2
PG=P(np.ones(3))
@h()
def ntup2(x): return PG.f()*math.sin(x[0])+PG._replace(a=x).f()
@dataclasses.dataclass
class DC:
    w: typing.Any
    z: typing.Any=dataclasses.field(default=None)
    def __post_init__(self): self.z=np.array([self.w[0],1.0])
    def loss(self): return np.sum(self.z**2)*np.sum(self.w)
@h()
def dc(x): return DC(x).loss()
@h()
def dc2(x): return dataclasses.replace(DC(x),w=x*2).loss()
@h()
def dc3(x): return sum(np.sum(v) for v in dataclasses.asdict(DC(x)).values())
class E(enum.Enum):
    A=1.; B=2.
    def f(self,x): return self.value*math.exp(x)
@h()
def enum_(x): return E.A.f(x[0])+E.B.f(x[1])
@functools.lru_cache
def cached(k): return k*2.
@h()
def lru(x): return cached(3)*np.sum(x**2)
@functools.lru_cache
def cached2(x): return math.sin(x)
@h()
def lru2(x): return cached2(x[0])
def deco(f):
    @functools.wraps(f)
    def g(*a,**k): return f(*a,**k)*2
    return g
@h()
@deco
def decorated(x): return np.array([x[0],x[1]])@np.ones(2)
@deco
def helper(x): return math.exp(x)
@h()
def decorated2(x): return helper(x[0])
FUNCS={'a':lambda x: math.sin(x),'b':np.cos,'c':[lambda v: np.array([v,v]).sum()]}
@h()
def indict(x): return FUNCS['a'](x[0])+FUNCS['b'](x[1])+FUNCS['c'][0](x[2])
@h()
def jitter(x):
    A=np.outer(x,x)-0.5*np.eye(6)
    j=0.
    while True:
        try:
            L=np.linalg.cholesky(A+j*np.eye(6)); break
        except np.linalg.LinAlgError:
            j=j*10 if j else .1
    return np.sum(np.log(np.diag(L)))
@h()
def jitter_sla(x):
    A=np.outer(x,x)-0.5*np.eye(6)
    try: L=sla.cholesky(A,lower=True)
    except sla.LinAlgError: L=sla.cholesky(A+np.eye(6),lower=True)
    return np.sum(L**2)
@h()
def solvefail(x):
    try: return np.linalg.solve(np.outer(x[:1].repeat(3)*0,x[:3]),x[3:]).sum()
    except np.linalg.LinAlgError: return np.sum(x**2)
@h()
def idxerr(x):
    try: return x[10]
    except IndexError: return x[0]**2
@h()
def valerr(x):
    try: return np.sum(x+np.ones(4))
    except ValueError: return x[0]**2
@h()
def valerr2(x):
    try: return np.sum(x.reshape(4,2))
    except ValueError: return x[0]**2
@h()
def matmulerr(x):
    try: return np.sum(x@np.ones(4))
    except ValueError: return x[0]**2
@h()
def concaterr(x):
    try: return np.sum(np.concatenate([x,x[None]]))
    except ValueError: return x[0]**2
@h()
def seterr(x):
    y=x*1
    try: y[:2]=x; return 0.
    except ValueError: return np.sum(y**2)
@h(np.array([1.,1.,2.,2.]))
def tie_sort(x): return np.sort(x)@np.array([1.,1.,3.,3.])
@h(np.array([0.,1.,-1.]))
def abs0(x): return np.sum(x**2)+np.sum(np.abs(x)**2)
@h(np.diag([1.,1.,2.]))
def eigtie_sum(X): return np.sum(np.linalg.eigvalsh((X+X.T)/2)**2)
@h(np.diag([1.,1.,2.]))
def eigtie_f(X):
    w,V=np.linalg.eigh((X+X.T)/2); return np.sum(((V*np.exp(w))@V.T)*np.arange(9).reshape(3,3))
@h(np.diag([1.,1.,2.]))
def eigtie_f2(X):
    w,V=np.linalg.eigh((X+X.T)/2); return np.sum((V@np.diag(np.sqrt(w))@V.T)**2*np.arange(9).reshape(3,3))
@h(np.diag([1.,1.,2.]))
def svdtie(X): return np.sum(np.linalg.svd(X,compute_uv=False)**2)
@h(np.diag([1.,1.,2.]))
def nuctie(X): return np.linalg.norm(X,'nuc')
@h(np.diag([1.,1.,2.]))
def polartie(X):
    U,s,V=np.linalg.svd(X); return np.sum((U@V)*np.arange(9).reshape(3,3))
@h(np.eye(3))
def pinvtie(X): return np.sum(np.linalg.pinv(X)*np.arange(9).reshape(3,3))
@h(np.eye(3)*2)
def sqrtm_(X): return np.sum(sla.sqrtm(X)*np.arange(9).reshape(3,3))
@h(np.eye(3)*2)
def expm_(X): return np.sum(sla.expm(X)*np.arange(9).reshape(3,3))
@h(np.eye(3)*2)
def logm_(X): return np.sum(sla.logm(X)*np.arange(9).reshape(3,3))
@h(np.eye(3)*2)
def detz(X): return np.linalg.det(X)+np.linalg.slogdet(X)[1]+np.linalg.slogdet(X).sign
@h(np.array([[1.,2.],[2.,4.]]))
def detsing(X): return np.linalg.det(X)
@h(x6.astype(np.float32).astype(float))
def f32mix(x): return np.sum(x*np.float32(2.))+np.float64(3)*x[0]
@h()
def bigloop(x):
    s=x[0]
    for i in range(300): s=np.sin(s)+x[i%6]*.01
    return s
@h()
def rnn(x):
    hh=np.zeros(3); W=x.reshape(2,3)
    for t in range(20): hh=np.tanh(hh*W[0]+W[1]); 
    return np.sum(hh**2)
@h()
def deriv_in(x):
    import frechet as fr
    return np.sum(fr.gradient(lambda t: np.sum(t**3))(x)*x)
@h()
def globwrite(x):
    global _G
    _G=x[0]; return _G**2
@h()
def funcattr(x):
    funcattr.count=getattr(funcattr,'count',0)+1
    return np.sum(x**2)
@h()
def recur(x):
    def f(n,a): return a if n==0 else f(n-1,a*x[n])
    return f(5,x[0])
@h()
def mutual(x):
    def even(n,a): return a if n==0 else odd(n-1,a*x[0])
    def odd(n,a): return a if n==0 else even(n-1,math.sin(a))
    return even(4,x[1])
@h()
def getattr_np(x): return getattr(np,'sum')(x**2)+getattr(math,'sin')(x[0])
@h()
def importlib_(x):
    import importlib
    m=importlib.import_module('math'); return m.sin(x[0])
@h()
def operatorm(x): return operator.mul(x[0],x[1])+operator.itemgetter(2)(x)+operator.matmul(x,x)+operator.methodcaller('sum')(x)
@h()
def npmethods(x): return np.ndarray.sum(x) if False else x.__add__(x).sum()+x.__getitem__(0)+x.__mul__(2)[1]
@h()
def ndsum(x): return np.ndarray.sum(x**2)
@h()
def ufsum(x): return np.add(x,x,dtype=float).sum()+np.multiply(2,x)[0]
@h()
def chain(x): return np.sum(x[1:][::2][:1])*x[-1]
@h()
def whileconv(x):
    a=x[0]; n=0
    while abs(a-np.cos(a))>1e-13: a=np.cos(a); n+=1
    return a*x[1]
@h()
def whileconv2(x):
    s=1.0
    while True:
        n=.5*(s+x[0]/s)
        if np.isclose(n,s,rtol=1e-15,atol=0): break
        s=n
    return s
@h()
def anyall(x): return x[0]**2 if np.any(x>1) and not np.all(x>2) and (x>0).all() else x[0]
@h()
def maskcount(x): return np.sum(x[x>.8])/np.count_nonzero(x>.8)+np.mean(x[x<1])
@h()
def nonz(x): return sum(x[i] for i in np.nonzero(x>.7)[0])+x[np.where(x>.7)].sum()+x[np.flatnonzero(x<1)].prod()
@h()
def argw(x): return np.sum(x[np.argwhere(x>.8)[:,0]])
@h()
def boolarith(x): return np.sum((x>.8)*x**2)+np.sum((x>.8).astype(float)*x)
@h()
def intx(x): return x[int(2)]*np.int64(3)+x[np.int32(1)]**np.int64(3)
@h()
def powneg(x): return np.sum((-x)**3)+np.sum((x-1)**2)+np.sum(x**np.arange(6))+np.sum((x-1)**np.arange(6))
@h()
def pow0(x): return np.sum((x*0)**2)+np.sum((x-x[0])**2)+np.sum((x-x[0])**1)+x[0]**0
@h()
def fmods(x): return np.sum(np.fmod(x,.4))+np.sum(np.mod(-x,.35))+math.fmod(x[0],.3)
@h()
def lse(x): return special.logsumexp(x,b=np.array([1,-.1,1,1,1,1]))+special.logsumexp(x,return_sign=True)[0]
@h()
def softm(x): return special.softmax(x)[0]+special.expit(x).sum()+special.logit(x/3).sum()+special.erf(x).sum()+special.ndtr(x).sum()+special.log_ndtr(x).sum()+special.xlogy(x,x).sum()
@h()
def spec(x): return special.gamma(x).sum()+special.beta(x,x).sum()+special.jv(1,x).sum()+special.iv(0,x).sum()+special.j0(x).sum()
@h()
def spec2(x): return special.gammainc(2.,x).sum()+special.betainc(1.,2.,x/2).sum()+special.erfinv(x/2).sum()+special.ndtri(x/2).sum()
@h()
def blockm(x):
    A=np.block([[np.diag(x[:3]),np.outer(x[:3],x[3:])],[np.zeros((3,3)),np.eye(3)*x[0]]]); return np.sum(np.linalg.inv(A))
@h()
def stackgen(x): return np.vstack([x,x[::-1]]).T.sum(axis=1)@x+np.hstack((x,2.)).prod()
@h()
def strsel(x):
    mode={'a':np.tanh,'b':np.exp}
    return np.sum(mode['a'](x))+getattr(np,'exp')(x[0])
@h()
def lin(x): return np.linalg.norm(x,ord=1)+np.linalg.norm(x,ord=3)+np.linalg.norm(np.outer(x,x),'fro')+np.linalg.norm(np.outer(x,x)+np.eye(6),2)+np.linalg.norm(x,-np.inf)+np.linalg.norm(np.outer(x,x),axis=1).sum()
@h()
def lin2(x):
    A=np.outer(x,x)+2*np.eye(6); return np.trace(np.linalg.matrix_power(A,3))+np.linalg.lstsq(A,x,rcond=None)[0].sum()+np.linalg.multi_dot([x,A,A,x])+np.linalg.tensorsolve(A,x).sum()
@h()
def eigg(x):
    A=np.outer(x,x)+np.diag(np.arange(6.)); w,v=np.linalg.eig(A); return np.sum(np.real(w)**2)
@h()
def eigv(x):
    A=np.outer(x,x)+np.diag(np.arange(6.)); w,v=np.linalg.eigh(A); return np.abs(v[0,-1])+v[:,0]@A@v[:,0]
@h()
def lu(x):
    A=np.outer(x,x)+np.diag(np.arange(1,7.)); P,L,U=sla.lu(A); return np.sum(np.log(np.abs(np.diag(U))))
@h()
def lufac(x):
    A=np.outer(x,x)+np.diag(np.arange(1,7.)); return sla.lu_solve(sla.lu_factor(A),x).sum()
@h()
def schur(x): return np.trace(sla.schur(np.outer(x,x))[0])
@h()
def circ(x): return np.linalg.det(sla.circulant(x))+sla.hankel(x).sum()+sla.toeplitz(x).sum()*sla.solve_toeplitz(x+np.array([5,0,0,0,0,0]),x).sum()
@h()
def banded(x): return sla.solve_banded((0,0),x[None],np.ones(6)).sum()
@h()
def fracpow(x): return np.sum(sla.fractional_matrix_power(np.outer(x,x)+3*np.eye(6),.5))
@h()
def orth(x): return np.sum(sla.orth(np.outer(x,x)+3*np.eye(6))**2)
@h()
def geig(x): return sla.eigh(np.outer(x,x),np.eye(6)*2+np.outer(x,x),eigvals_only=True)[-1]
@h()
def einsums(x): return np.einsum('i,i',x,x)+np.einsum('i,j->',x,x)+np.einsum(np.outer(x,x),[0,0])+np.einsum('ij->ji',np.outer(x,x[::-1]))[0].sum()+np.einsum('...i,...i->...',x,x)
@h()
def matmulout(x):
    y=np.empty((6,6)); np.matmul(x[:,None],x[None],out=y); return np.sum(y@x)
@h()
def vdot2(x): return np.vdot(x,x)+np.inner(x,x)+np.cross(x[:3],x[3:]).sum()+np.kron(x[:2],x[2:]).sum()+np.cross(x[:2],x[2:4]) if False else np.cross(x[:3],x[3:]).sum()
@h()
def xcross(x): return np.linalg.cross(x[:3],x[3:]).sum() + np.linalg.vecdot(x,x)+np.linalg.vector_norm(x)+np.linalg.matrix_norm(np.outer(x,x))+np.linalg.outer(x,x).sum()+np.linalg.trace(np.outer(x,x))+np.linalg.diagonal(np.outer(x,x)).sum()+np.vecdot(x,x)+np.matvec(np.eye(6),x).sum()+np.vecmat(x,np.eye(6)).sum()
@h()
def newnames(x): return np.concat([x,x]).sum()+np.permute_dims(np.outer(x,x)).sum()+np.matrix_transpose(np.outer(x,x))[0].sum()+np.acos(x/2).sum()+np.pow(x,2).sum()+np.unstack(x)[0]+np.cumulative_sum(x)[2]+np.cumulative_prod(x)[2]+np.astype(x,float).sum()
@h()
def cum(x): return np.cumsum(x)@np.cumprod(x)+np.diff(x,prepend=0).prod()+np.ediff1d(x,to_end=1.).sum()+np.trapezoid(x)+np.gradient(x).sum()
@h()
def quant(x): return np.quantile(x,.3)+np.percentile(x,[20,70]).sum()+np.median(x)+np.quantile(x.reshape(2,3),.5,axis=0,keepdims=True).sum()+np.average(x,weights=x)
@h()
def clipp(x): return np.clip(x,.5,1).sum()+x.clip(min=.7).sum()+np.clip(x,None,x[0]).sum()
@h()
def digit(x): return np.sum(np.array([1.,2.,3.])[np.digitize(x,[.5,1.])]*x)
@h()
def searchs(x): return np.interp(.7,np.sort(x),np.arange(6.))
@h()
def sortm(x):
    y=x*1; y.sort(); i=y.argsort()[::-1]; return y[i]@np.arange(6)
@h()
def partm(x):
    y=x*1; y.partition(2); return y[2]**2
@h()
def itemset(x):
    y=x*1; y.itemset(0,3.) if hasattr(y,'itemset') else None; return y.sum()
@h()
def resizem(x):
    y=x.copy(); y.resize((2,3)); return np.sum(y**2)
@h()
def shapeset(x):
    y=x.copy(); y.shape=(2,3); return np.sum(y[1]**2)
@h()
def fillm(x):
    y=x*1; y.fill(2); y[0]=x[0]; return np.prod(y)
@h()
def choosem(x): return (np.array([0,1,0]).choose([x[:3],x[3:]])).sum()
@h()
def compressm(x): return x.compress([True,False,True]).sum()+x.nonzero()[0].sum()*x[0]
@h()
def newbyte(x): return x.tolist()[0]
@h()
def toll(x): return np.array(x.tolist()).sum()
@h()
def listx(x): return sum(list(x))+sum([*x])+max(list(x))
@h()
def roundd(x): return np.sum(x)+0*np.round(x,2).sum()
@h()
def printx(x):
    s=f"{x} {x[0]:.3f} {str(x)} {repr(x[0])} %.3f"%x[0]
    return np.sum(x**2)
@h()
def logging_(x):
    import logging
    logging.getLogger('a').debug("loss %f",x[0]); return x[0]**2
@h()
def assertx(x):
    assert np.all(np.isfinite(x)) and x.shape==(6,) and x.ndim==1
    np.testing.assert_allclose(x,x)
    return x[0]**2
@h()
def hashx(x):
    d={}
    d[float(x[0])]=1.; return x[0]**2*len(d)
@h()
def setx(x): return len(set(x.tolist()))*x[0] if False else len({1,2})*x[0]
@h()
def eqx(x): return x[0]**2 if x[0]==x[0] and x[0]!=x[1] and x[0] in x else x[0]**3
@h()
def inlist(x): return x[0]**2 if x[0] in [float(v) for v in x] else x[0]**3
@h()
def indexof(x): return list(x).index(x[2])*x[0]
@h()
def ident(x): return x[0]**2 if x is x and x[0] is not None else 0
@h()
def nonecheck(x): return x[0]**2 if x is not None and x.any() else 0
@h()
def swapv(x):
    a=x[0]; b=x[1]; a,b=b,a; a+=1; return a*b+x[1]
@h()
def viewrow(x):
    A=np.outer(x,x); 
    for row in A: row*=2
    for row in A: row-=row.mean()
    return np.sum(A**2)
@h()
def viewcol(x):
    A=np.outer(x,x)
    for c in A.T: c/=np.sum(c)
    return A[0,0]**2
@h()
def gauss(x):
    A=np.outer(x,x)+3*np.eye(6); b=x.copy(); n=6
    for i in range(n):
        p=i+np.argmax(np.abs(A[i:,i])); A[[i,p]]=A[[p,i]]; b[[i,p]]=b[[p,i]]
        for j in range(i+1,n):
            f=A[j,i]/A[i,i]; A[j,i:]-=f*A[i,i:]; b[j]-=f*b[i]
    y=np.zeros(n)
    for i in range(n-1,-1,-1): y[i]=(b[i]-A[i,i+1:]@y[i+1:])/A[i,i]
    return y.sum()
@h()
def listoflists(x):
    A=[[0.]*3 for _ in range(3)]
    for i in range(3):
        for j in range(3): A[i][j]=x[i]*x[j+3]
    return np.linalg.det(np.array(A)+np.eye(3))
@h()
def dictofarr(x):
    p={'W':x[:4].reshape(2,2),'b':x[4:]}; q={k:v*2 for k,v in p.items()}; q.update(c=x[0]); return np.sum(q['W']@q['b'])*q['c']
@h()
def nsp(x):
    s=types.SimpleNamespace(a=x[:3],b=x[3:]); s.a=s.a*2; return s.a@s.b
@h()
def memo(x):
    m={}
    def fib(n):
        if n not in m: m[n]=x[n] if n<2 else fib(n-1)*x[2]+fib(n-2)
        return m[n]
    return fib(10)
@h()
def gen2(x):
    def g():
        acc=0.
        while True:
            v=yield acc
            if v is None: return
            acc=acc+v*v
    it=g(); next(it); r=0
    for v in x: r=it.send(v)
    return r
