# ruff: noqa
# fmt: off
"""Writes, views, indices, types: functions as people write them, each with the point where it is tried. Read by `test_hostile`."""

import copy
import numpy as np

from tests.tracing.registry import h


@h()
def isinst(x):
    if isinstance(x,np.ndarray): return np.sum(x**2)
    return np.sum(x**3)
@h()
def isinst_float(x):
    s=np.sum(x)
    return s*s if isinstance(s,(float,np.floating)) else s*3
@h()
def isinst_number(x):
    import numbers
    s=x[0]*x[1]
    return s*s if isinstance(s,numbers.Number) else s*3
@h()
def typ(x):
    if type(x) is np.ndarray: return np.sum(x**2)
    return np.sum(x**3)
@h()
def typ2(x):
    if type(x[0])==np.float64: return np.sum(x**2)
    return np.sum(x**3)
@h()
def dtypef(x):
    if x.dtype==float: return np.sum(x**2)
    return np.sum(x**3)
@h()
def issub(x):
    return np.sum(x**2) if np.issubdtype(x.dtype,np.floating) else np.sum(x)
@h()
def hasat(x):
    return np.sum(x**2) if hasattr(x,'shape') and hasattr(x,'__len__') and hasattr(x,'flags') else np.sum(x)
@h()
def isscalar(x):
    return x[0]**2 if np.isscalar(x[0]) else x[0]**3
@h()
def callable_check(x):
    return x[0]**2 if not callable(x) else x[0]**3
@h()
def ndimm(x):
    return np.sum(np.atleast_1d(x)**2)*x.ndim*x.nbytes*x.itemsize
@h()
def flatw(x):
    y=x.reshape(2,3)*1.; y.flat[2]=x[0]*5; return np.sum(y**2)
@h()
def flati(x):
    y=x.reshape(2,3); return sum(v**2 for v in y.flat)+y.flat[3]
@h()
def flatset(x):
    y=np.zeros((2,3)); y.flat=x; return np.sum(y**3)
@h()
def ixx(x):
    y=np.outer(x,x); return np.sum(y[np.ix_([0,2],[1,3])]**2)
@h()
def ixset(x):
    y=np.outer(x,x); y[np.ix_([0,2],[1,3])]=x[:2]; return np.sum(y**2)
@h()
def mixidx(x):
    y=np.outer(x,x).reshape(6,2,3); return np.sum(y[[0,1],:,[2,0]]**2*np.arange(4.).reshape(2,2))
@h()
def mixidx2(x):
    y=np.outer(x,x).reshape(6,2,3); return np.sum(y[:,[0,1],[2,0]]**2*np.arange(12.).reshape(6,2))
@h()
def negstep(x):
    y=x[::-1]; y=y[::2]; return np.sum(y**2*np.arange(3))
@h()
def negstep_write(x):
    y=x*1; z=y[::-1]; z[:3]*=x[3:]; return np.sum(y**2*np.arange(6))
@h()
def boolmask(x):
    y=x*1; y[x>0.8]+=1; y[y<1]*=x[0]; return np.sum(y**2)
@h()
def boolmask2(x):
    y=np.outer(x,x); m=y>.7; y[m]=y[m]**2; return y.sum()
@h()
def rowmask(x):
    y=np.outer(x,x); y[x>.8]=x; y[:,x>1.]=2; return (y**2).sum()
@h()
def newaxis(x):
    y=x[:,None,None]*x[None,:,None]; return np.sum(y[...,0][0]**2)+np.sum(y[None,...,-1])
@h()
def ell(x):
    y=np.outer(x,x); y[...]=x[:,None]**2; y[...,0]=x; return np.sum(y**2)
@h()
def bcwrite(x):
    y=np.zeros((3,6)); y[:]=x; y[1]=2; y[:,2]=x[:3]; return np.sum(y**2*np.arange(18.).reshape(3,6))
@h()
def augview(x):
    A=np.zeros((3,3)); d=A.diagonal().copy(); d+=x[:3]; np.fill_diagonal(A,d); A[0]+=x[3:]; A[:,1]*=x[2]; return np.sum(A@A)
@h()
def einsum_view_write(x):
    A=np.outer(x[:3],x[:3]); d=np.einsum('ii->i',A); d+=x[3:]; return np.sum(A**2)
@h()
def diag_view(x):
    A=np.outer(x[:3],x[:3]); d=A.diagonal(); A[1,1]=7*x[5]; return np.sum(d**2)
@h()
def ravel_view(x):
    A=np.outer(x[:3],x[:3]); r=A.ravel(); A[0,0]=x[5]; return np.sum(r**2)
@h()
def ravel_noview(x):
    A=np.outer(x[:3],x[3:]).T; r=A.ravel(); A[0,1]=9*x[5]; return np.sum(r**2*np.arange(9))
@h()
def reshape_noview(x):
    A=np.outer(x[:3],x[3:]).T; r=A.reshape(-1); r[0]=9*x[5]; r[1]=4; return np.sum(A**2*np.arange(9).reshape(3,3))
@h()
def reshape_noview2(x):
    A=np.outer(x[:3],x[3:])[:,:2]; r=A.reshape(-1); r[1]=4; return np.sum(A**2)
@h()
def fancy_copy(x):
    y=x*1; z=y[[0,1]]; z+=5*x[2]; return np.sum(y**2)+np.sum(z)
@h()
def slice_alias_input(x):
    z=x[:3]; z*=2; return np.sum(x**2)
@h()
def asarray_alias(x):
    y=np.asarray(x); y[0]=3*x[1]; return np.sum(x**2)
@h()
def array_copy(x):
    y=np.array(x); y[0]=3*x[1]; return np.sum(x**2)+y[0]
@h()
def arr_nocopy(x):
    y=np.array(x,copy=False) if False else np.array(x,dtype=float); y+=1; return np.sum(x*y)
@h()
def astype_nocopy(x):
    y=x.astype(float,copy=False); y[0]=5*x[1]; return np.sum(x**2)
@h()
def out1(x):
    y=np.zeros(6); np.multiply(x,x,out=y); np.add(y,x,y); return np.sum(y**2)
@h()
def out2(x):
    y=np.zeros(3); np.sum(np.outer(x[:3],x[3:]),axis=0,out=y); np.dot(np.outer(x[:3],x[3:]),x[:3],out=y); return np.sum(y**2)
@h()
def out3(x):
    y=x*1; y2=y[1:4]; np.exp(y2,out=y2); return np.sum(y**2)
@h()
def out_where(x):
    y=np.zeros(6); np.log(x,out=y,where=x>1); return np.sum(y**2)
@h()
def wherekw(x):
    return np.sum(np.divide(1,x,out=np.ones_like(x),where=x>1))
@h()
def cumulative(x): return np.maximum.accumulate(x).sum()+np.minimum.accumulate(x)@np.arange(6)
@h()
def subaccum(x): return np.subtract.accumulate(x)@x
@h()
def reduceat(x): return np.sum(np.add.reduceat(x,[0,2,4])**2)
@h()
def red1(x): return np.add.reduce(np.outer(x,x),axis=(0,1))+np.multiply.reduce(x)+np.maximum.reduce(x)+np.logaddexp.reduce(x)
@h()
def outer1(x): return np.power.outer(x,x).sum()+np.arctan2.outer(x,x)[0,1]+np.hypot.outer(x,x).sum()
@h()
def at_mul(x):
    y=x*1; np.multiply.at(y,[0,0,1],x[:3]); return np.sum(y**2)
@h()
def at_max(x):
    y=x*1; np.maximum.at(y,[0,0,1],x[3:]*2); return np.sum(y**2)
@h()
def at_2d(x):
    y=np.zeros((2,2)); np.add.at(y,([0,0,1],[1,1,0]),x[:3]**2); np.subtract.at(y,(slice(None),1),x[0]); return np.sum(y**2)
@h()
def at_neg(x):
    y=x*1; np.negative.at(y,[0,1]); np.exp.at(y,[2]); return np.sum(y**3)
